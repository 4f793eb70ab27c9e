"""Keeps what the machine proposed (between marks and the API): one writer, rows that are never edited."""

from assessor.store.records import (
    AttemptKey,
    AttemptPage,
    AttemptRecord,
    AttemptSummary,
    BenchVersion,
    EvidenceFiles,
    ProcedureVersion,
    RecordingFile,
    UnknownIdError,
)
from assessor.store.repository import Store, open_store
from assessor.store.results import Results
from assessor.store.seen import EVERYTHING, Seen

__all__ = [
    "EVERYTHING",
    "AttemptKey",
    "AttemptPage",
    "AttemptRecord",
    "AttemptSummary",
    "BenchVersion",
    "EvidenceFiles",
    "ProcedureVersion",
    "RecordingFile",
    "Results",
    "Seen",
    "Store",
    "UnknownIdError",
    "open_store",
]
