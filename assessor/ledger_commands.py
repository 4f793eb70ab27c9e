"""The commands of whoever answers for the data: audit, retention, erasure, backup (end of the flow)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assessor import settings, terminal
from assessor.command_options import AsJson

if TYPE_CHECKING:
    from assessor.ledger.audit import Chain
    from assessor.store import Store

Number = Annotated[str, typer.Argument(help="The student's number.")]

audit_app = typer.Typer(name="audit", help="The audit chain.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(audit_app)
    for command in (retention, erase, export, backup, restore):
        app.command()(command)


def _open() -> "Store":
    from assessor.store import open_store

    return open_store(settings.store(), settings.data_folder())


@audit_app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A hash that an earlier report printed; it must still be there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk the audit chain and name the first entry that was edited or is missing; exit code 1 for one."""
    from assessor.ledger import audit

    with _open() as store:
        chain = audit.verify(store, head)
    if as_json:
        terminal.write_json(chain)
    else:
        terminal.console().print(_told(chain), markup=False)
    if chain.bad is not None:
        raise typer.Exit(1)


@audit_app.command()
def report(
    year: Annotated[int, typer.Option(min=2000, max=9998, help="The school's year, January to December.")],
    as_json: AsJson = False,
) -> None:
    """Count what a school accounts for: accounts, views, consents, removals, erasures, the chain's head."""
    from assessor.ledger.audit_report import table_of, year_report

    with _open() as store:
        found = year_report(store, year)
    if as_json:
        terminal.write_json(found)
    else:
        terminal.show_tables([table_of(found, terminal.language())])


@audit_app.command()
def impact(
    out: Annotated[Path, typer.Option("--out", help="The Markdown file to write.")], as_json: AsJson = False
) -> None:
    """Fill the impact assessment in from what is set here: what is kept and why, how long, who sees it."""
    from assessor.ledger.impact import impact_assessment
    from assessor.rule_commands import write_text

    with _open() as store:
        write_text(out, impact_assessment(store, terminal.language()))
    _show({"written": str(out)}, as_json)


def _told(chain: "Chain") -> str:
    if chain.bad is not None:
        why = getattr(chain.bad.why, terminal.language())
        return f"✗ {chain.bad.seq}: {why}"
    return f"✓ {chain.entries} · {chain.head}"


def retention(as_json: AsJson = False) -> None:
    """Remove what has been kept long enough, and put files and rows in agreement. To be run daily."""
    from assessor.ledger import consent
    from assessor.ledger import retention as retention_
    from assessor.ledger.reconcile import reconcile

    with _open() as store:
        withdrawn = consent.enforce(store)
        removed = retention_.retain(store)
        found = reconcile(store)
    done = {
        "files_removed": removed.files,
        "without_consent": withdrawn,
        "rows_removed": removed.rows,
        "attempts_held": removed.held,
        "quarantined": list(found.quarantined),
        "missing": list(found.missing),
    }
    _show(done, as_json)


def erase(
    number: Number,
    receipt: Annotated[Path, typer.Option("--receipt", help="Write the signed receipt into this file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a student: files, names, account. Points stay, without a name. This cannot be undone."""
    import json

    from assessor.ledger import erase as erase_
    from assessor.ledger.audit import MACHINE
    from assessor.rule_commands import write_text

    with _open() as store:
        person = erase_.student_of(store, number)
        if not yes:
            typer.confirm(f"{number}: erase for ever?", abort=True)
        given = erase_.erase(store, MACHINE, person)
    write_text(receipt, json.dumps(given.content | {"signature": given.signature}, indent=2) + "\n")
    attempts, files = len(given.content["attempts"]), len(given.content["files"])
    _show({"attempts": attempts, "files": files, "receipt": str(receipt)}, as_json)


def export(
    number: Number,
    out: Annotated[Path, typer.Option("--out", help="The zip to write.")],
    as_json: AsJson = False,
) -> None:
    """Pack everything that is kept of a student into a zip."""
    from assessor.ledger.audit import MACHINE
    from assessor.ledger.erase import student_of
    from assessor.ledger.export import export_person

    with _open() as store:
        export_person(store, MACHINE, student_of(store, number), out)
    _show({"written": str(out)}, as_json)


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the backup.")], as_json: AsJson = False
) -> None:
    """Copy database and files while they are in use."""
    from assessor.ledger.backup import back_up

    with _open() as store:
        made = back_up(store, folder)
    _show({"rows": sum(made.rows.values()), "files": made.files, "missing": made.missing}, as_json)


def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of a backup.", exists=True, file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty data folder (`ASSESSOR_DATA`) and database (`ASSESSOR_STORE`)."""
    from assessor.ledger.backup import restore as restore_

    made = restore_(folder, settings.store(), settings.data_folder())
    _show({"rows": sum(made.rows.values()), "files": made.files, "missing": made.missing}, as_json)


def _show(done: dict[str, object], as_json: bool) -> None:
    if as_json:
        terminal.write_json(done)
        return
    for name, value in done.items():
        told = ", ".join(value) if isinstance(value, list) else str(value)
        terminal.console().print(f"{name.replace('_', ' ')}: {told or '-'}", markup=False)
