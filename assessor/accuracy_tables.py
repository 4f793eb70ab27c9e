"""A `Report` of `evaluate` → tables for people and one JSON document for machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assessor.evaluate import KINDS, BoardResult, RecordingResult, Report, mistake_rates
from assessor.measures import Rates, mean_delay

PUBLISHED = (
    "Best published on IndustReal: POS 0.812, F1 0.901, τ 15.5 s. Those are real recordings of another task: "
    "never compare without saying so."
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under heads; `note` stands below."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables_of(report: Report) -> tuple[Table, ...]:
    """Steps, mistakes by kind, what went wrong in each case, boards; only those that have rows."""
    tables = (_steps(report), _mistakes(report), _faults(report), _boards(report))
    return tuple(table for table in tables if table.rows)


def document_of(report: Report) -> dict[str, Any]:
    """All figures, not rounded, and every difference."""
    return {
        "total": {
            "pos": report.pos,
            "steps": _counts(report.steps),
            "delay_s": report.delay_s,
            "mistakes": {kind: _counts(report.mistakes(kind)) for kind in KINDS},
            "all_mistakes": _counts(report.mistakes()),
            "alarm_delay_s": report.alarm_delay_s(),
            "wires": _counts(report.wires),
            "colour_accuracy": report.colours.precision,
        },
        "recordings": [_recording(result) for result in report.recordings],
        "boards": [_board(result) for result in report.boards],
        "published": PUBLISHED,
    }


# ---- tables -------------------------------------------------------------------------------
def _steps(report: Report) -> Table:
    rows = [(r.name, r.pos, r.steps.rates, mean_delay(r.steps)) for r in report.recordings]
    if len(rows) > 1:
        rows.append(("all", report.pos, report.steps, report.delay_s))
    return Table(
        "steps",
        ("recording", "POS", "F1", "precision", "recall", "τ"),
        tuple((name, _figure(pos), *_figures(rates), _seconds(delay)) for name, pos, rates, delay in rows),
        PUBLISHED,
    )


def _mistakes(report: Report) -> Table:
    kinds: list[tuple[str, str | None]] = [(kind, kind) for kind in KINDS if report.mistakes(kind) != Rates()]
    rows = tuple(
        (
            name,
            f"{report.mistakes(kind).true}",
            f"{report.mistakes(kind).false}",
            f"{report.mistakes(kind).missed}",
            *_figures(report.mistakes(kind)),
            _seconds(report.alarm_delay_s(kind)),
        )
        for name, kind in [*kinds, ("all", None)]
    )
    heads = ("mistake", "found", "false", "missed", "F1", "precision", "recall", "delay")
    return Table("mistakes", heads, rows if kinds else ())


def _faults(report: Report) -> Table:
    rows = [row for r in report.recordings for row in _recording_faults(r)]
    rows += [row for b in report.boards for row in _board_faults(b)]
    return Table("what went wrong", ("case", "", "what", "at"), tuple(rows))


def _recording_faults(result: RecordingResult) -> Iterator[tuple[str, ...]]:
    if result.fault:
        yield (result.name, "not scored", result.fault, "")
    for step in result.steps.missed:
        yield (result.name, "missed", f"step {step.step}", _seconds(step.t_s))
    for step in result.steps.false:
        yield (result.name, "false or early", f"step {step.step}", _seconds(step.t_s))
    for true in result.mistakes.missed:
        at = "" if true.kind == "omission" else _seconds(true.start_s)
        yield (result.name, "missed", f"{true.kind} {true.name}".rstrip(), at)
    for seen in result.mistakes.false:
        mistake = seen.mistake
        yield (result.name, "false", f"{mistake.kind} {mistake.subject}".rstrip(), _seconds(mistake.t_s))
    for step_id in result.unjudged:
        yield (result.name, "no truth", f"step {step_id}", "")


def _board_faults(result: BoardResult) -> Iterator[tuple[str, ...]]:
    if result.fault:
        yield (result.name, "not read", result.fault, "")
    for true in result.wires.missed:
        yield (result.name, "missed", f"wire {true.start}-{true.end} {true.colour}", "")
    for seen in result.wires.false:
        yield (result.name, "false", f"wire {seen.start}-{seen.end} {seen.colour}", "")
    for true, seen in result.wires.pairs:
        if true.colour != seen.colour:
            what = f"wire {true.start}-{true.end} is {true.colour}, read as {seen.colour}"
            yield (result.name, "colour", what, "")


def _boards(report: Report) -> Table:
    rows = [(b.name, b.wires.rates, b.right_colours) for b in report.boards]
    if len(rows) > 1:
        rows.append(("all", report.wires, report.colours.true))
    return Table(
        "boards",
        ("photo", "wires F1", "precision", "recall", "right colour"),
        tuple((name, *_figures(rates), f"{right} of {rates.true}") for name, rates, right in rows),
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _figures(rates: Rates) -> tuple[str, str, str]:
    return _figure(rates.f1), _figure(rates.precision), _figure(rates.recall)


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


# ---- document -----------------------------------------------------------------------------
def _counts(rates: Rates) -> dict[str, float | None]:
    return {
        "true": rates.true,
        "false": rates.false,
        "missed": rates.missed,
        "precision": rates.precision,
        "recall": rates.recall,
        "f1": rates.f1,
    }


def _recording(result: RecordingResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "fault": result.fault,
        "pos": result.pos,
        "steps": _counts(result.steps.rates),
        "delay_s": mean_delay(result.steps),
        "mistakes": {kind: _counts(mistake_rates(result.mistakes, kind)) for kind in KINDS},
        "unjudged_steps": list(result.unjudged),
        "differences": [list(row[1:]) for row in _recording_faults(result)],
    }


def _board(result: BoardResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "fault": result.fault,
        "wires": _counts(result.wires.rates),
        "right_colours": result.right_colours,
        "differences": [list(row[1:]) for row in _board_faults(result)],
    }
