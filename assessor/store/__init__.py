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

__all__ = [
    "AttemptKey",
    "AttemptPage",
    "AttemptRecord",
    "AttemptSummary",
    "BenchVersion",
    "EvidenceFiles",
    "ProcedureVersion",
    "RecordingFile",
    "Store",
    "UnknownIdError",
    "open_store",
]
