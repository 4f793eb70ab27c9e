"""Fails the test run where a secret of any test reaches a log or a captured stream (plugin of pytest).

Every secret that a test makes up holds `CANARY`; what the program makes by itself (session tokens, one-time
links, device keys) is known by its form.
"""

import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

CANARY = "canary-4711"
_TOKEN = re.compile(r"\ba[sld]_[A-Za-z0-9_-]{40,}")
_BEFORE = 80


class Watch:
    """Looks at every record that any logger makes, and at what each test left in its streams."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self._running = ""
        self._make = logging.getLogRecordFactory()

    def pytest_sessionstart(self) -> None:
        logging.setLogRecordFactory(self._watched)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running = nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for title, text in report.sections:
            self.look(f"{report.nodeid}: {title}", text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a process that ran a part of the tests found."""
        self.leaks += getattr(node, "workeroutput", {}).get("leaks", [])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        logging.setLogRecordFactory(self._make)
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["leaks"] = self.leaks
        if self.leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for leak in dict.fromkeys(self.leaks):  # a report comes here from where it was made, too
            terminalreporter.write_line(f"SECRET LEAKED {leak}", red=True)

    def look(self, where: str, text: str) -> None:
        """Note where a secret stands, not the secret."""
        for found in secrets_in(text):
            self.leaks.append(f"{where}: …{text[max(0, found - _BEFORE) : found]!r}")

    def _watched(self, *args: Any, **more: Any) -> logging.LogRecord:
        record = self._make(*args, **more)
        told = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            told += "".join(traceback.format_exception(record.exc_info[1]))
        self.look(f"{self._running}: log {record.name}", told)
        return record


def secrets_in(text: str) -> Iterator[int]:
    """Where each secret begins."""
    yield from (match.start() for match in re.finditer(re.escape(CANARY), text))
    yield from (match.start() for match in _TOKEN.finditer(text))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Watch(), "canary")
