"""Events become verdicts: conditions over time, what was done, and what to say about it."""

from assessor.judge.judge import Judge

__all__ = ["Judge"]
