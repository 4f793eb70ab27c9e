"""The commands that write what people read: a mark sheet to print, tables of rubrics (end of the flow)."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from assessor import terminal
from assessor.command_options import AsJson
from assessor.rule_commands import RuleLanguage, attempt_id, write_bytes, write_text
from assessor.shown import PageLanguage


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (sheet, rubrics):
        app.command()(command)


def sheet(
    attempt: Annotated[str, typer.Argument(help="Id in the store.")],
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one A4 page for the printer into this file.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write the same as PDF, its letters inside, into this file.")
    ] = None,
    lang: Annotated[
        PageLanguage | None, typer.Option("--lang", help="Language of the page; else the system's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the mark sheet of a stored attempt: as a table, as JSON, as a page to print or as PDF."""
    from assessor import printed_sheet, settings
    from assessor.store import open_store

    with open_store(settings.store(), settings.data_folder()) as store:
        page = printed_sheet.page_of(store, attempt_id(attempt))
    language = lang or PageLanguage(terminal.language())
    if html is not None:
        write_text(html, printed_sheet.html_of(page, language))
    if pdf is not None:
        from assessor.sheet_pdf import pdf_of

        write_bytes(pdf, pdf_of(page, language))
    if as_json:
        terminal.write_json(printed_sheet.document_of(page))
    elif html is None and pdf is None:
        terminal.show_mark_sheet(page.sheet, page.attempt.recording_names[0])


def rubrics(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Procedure files or folders; else the shipped ones.", exists=True),
    ] = None,
    items: Annotated[bool, typer.Option("--items", help="Item by item: what is asked and how.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As a page of text (docs/rubrics.md).")
    ] = False,
    lang: Annotated[
        RuleLanguage | None, typer.Option("--lang", help="Language of the tables; else the system's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many points of each rubric rest on video, photo, reading or a person; --items item by item."""
    from assessor import rubric_tables, settings

    found = rubric_tables.read_procedures(paths or [settings.rules_folder() / "procedures"])
    spoken = lang.value if lang else terminal.language()
    tables = [rubric_tables.share_table(found, spoken)]
    tables += rubric_tables.item_tables(found, spoken) if items else []
    if as_json:
        terminal.write_json(rubric_tables.document_of(found, items))
    elif markdown:
        sys.stdout.write(rubric_tables.markdown(tables, spoken))
    else:
        terminal.show_tables(tables)
