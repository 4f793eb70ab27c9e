"""The commands that open the console: demo, server, a link for who is locked out (end of the flow)."""

import os
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assessor import models, settings, terminal
from assessor.command_options import Host, Port

if TYPE_CHECKING:
    from api.app import Address
    from assessor.classroom.file import Classroom
    from assessor.supplied import Options

DEMO_PROCEDURE = "motor_start_stop"
SET_UP_ONCE = "This link sets the school up once, within a day · 此链接用于首次设置学校，一天内仅限一次"


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (demo, serve, watch, link, send):
        app.command()(command)


def demo(
    console: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the console afterwards.")] = True,
    host: Host = "127.0.0.1",
    port: Port = 8080,
) -> None:
    """Score the samples that come with the package, show their mark sheets, start the console signed in."""
    from api.app import Address
    from assessor import batch
    from assessor.people import demo_school
    from assessor.store import open_store

    procedure = batch.find_rule_file(DEMO_PROCEDURE, "procedures")
    with open_store(settings.store(), settings.data_folder()) as store:
        videos = sorted(settings.samples_folder().glob("*.mp4"), reverse=True)
        for video, student in zip(videos, cycle(demo_school.STUDENTS)):
            with terminal.progress() as report:
                bench = video.with_suffix(".bench.yaml")
                job = batch.Job(video, bench, procedure, student, options=_examples(video))
                attempt = batch.score_and_keep(job, store, report)
            terminal.show_mark_sheet(attempt.sheet, video.name)
        token = demo_school.prepare(store)
    if console:
        _serve(Address(host, port), f"enter/{token}" if token else "")


def _examples(video: Path) -> "Options":
    """The board photo and the example values that come with a sample."""
    from assessor.supplied import Options

    beside = [video.parent / "evidence" / f"{video.stem}{end}" for end in (".jpg", ".example.evidence")]
    photo, file = ((path,) if path.is_file() else () for path in beside)
    return Options(photos=photo, files=file)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Another name that browsers use, as behind a proxy; repeatable."),
    ] = None,
) -> None:
    """Serve the results and the console until interrupted with Ctrl-C; a new installation is set up first."""
    from api.app import Address

    _serve(Address(host, port, tuple(name or ())))


def watch(
    classroom: Annotated[Path, typer.Argument(help="Classroom file: benches, cameras, procedures.")],
    host: Host = "127.0.0.1",
    port: Port = 8080,
) -> None:
    """Watch the benches of a classroom and serve the console with its wall, until interrupted with Ctrl-C."""
    from api.app import Address
    from assessor.classroom.file import load_classroom

    room = load_classroom(classroom)
    with terminal.progress() as report:
        models.ensure(report)
    _serve(Address(host, port), room=room)


def link(login: Annotated[str, typer.Argument(help="User name of the account.")]) -> None:
    """Print a link that signs an account in once, to set a new password: for an administrator locked out."""
    from assessor.people.links import link_by_login
    from assessor.store import open_store

    with open_store(settings.store(), settings.data_folder()) as store:
        terminal.console().print(f"/enter/{link_by_login(store, login)}", markup=False, soft_wrap=True)


def send(
    spool: Annotated[Path, typer.Argument(help="Folder that holds events.spool, also of another machine.")],
    server: Annotated[str, typer.Option(help="Address of the school's server.")],
) -> None:
    """Send the events that a bench kept to the server; the device's key comes from ASSESSOR_DEVICE_KEY."""
    from api.bench_line import HttpLine
    from assessor.benchbox.sending import send_events

    key = os.environ.get("ASSESSOR_DEVICE_KEY", "")
    with terminal.progress() as report, HttpLine(server, key) as line:
        sent, set_aside = send_events(spool, line, lambda share: report(str(spool), share))
    aside = f", {set_aside} not taken (not_taken.jsonl)" if set_aside else ""
    terminal.console().print(f"{sent} events sent{aside}", markup=False)


def _serve(address: "Address", enter: str = "", room: "Classroom | None" = None) -> None:
    """`enter`: path of a link that signs somebody in; `room`: is watched."""
    from api.app import serve as serve_

    def announce(root: str, set_up: str) -> None:
        out = terminal.console()
        out.print(f"{root}{set_up or enter}  (Ctrl-C ends it)", markup=False, soft_wrap=True)
        if set_up:
            out.print(SET_UP_ONCE, markup=False)

    serve_(settings.store(), address, data=settings.data_folder(), announce=announce, classroom=room)
