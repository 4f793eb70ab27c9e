"""Writes log lines without secrets: no password of an address, no session token, link or device key."""

import logging
import re
from typing import Any

from assessor.outbound import redact

_TOKEN = re.compile(r"\ba([sld])_[A-Za-z0-9_-]{20,}")  # as people/secrets.py makes them


class DiscreetFormatter(logging.Formatter):
    """As the base class, the traceback too, with every secret taken out that can be told by its form."""

    def format(self, record: logging.LogRecord) -> str:
        """The finished line or lines."""
        return _TOKEN.sub(r"a\1_…", redact(super().format(record)))


def server_log_config() -> dict[str, Any]:
    """For uvicorn and our own loggers: everything from a warning on, to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"discreet": {"()": DiscreetFormatter, "fmt": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "discreet",
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {
            name: {"handlers": ["stderr"], "level": "WARNING"} for name in ("uvicorn", "assessor", "nicegui")
        },
    }
