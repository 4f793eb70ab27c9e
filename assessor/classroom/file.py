"""The classroom file: benches, what is done at each, which camera watches it and who sits there.

Takes a YAML file; gives a `Classroom`, or every fault as `file:line:col`. Its benches and procedures are
read by `benches_of`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from assessor.bench import Bench, load_bench
from assessor.classroom.sources import Camera, NetworkCamera, PlayedFile
from assessor.errors import Fault, RefusedError, RuleFileError
from assessor.located_yaml import Located, load
from assessor.located_yaml.faults import UnfitError, nearest, one_of
from assessor.located_yaml.load import as_source
from assessor.located_yaml.source import Source
from assessor.outbound import Allowed, check_target, read_allowed, redact
from assessor.procedure import Procedure, faults_against, load_procedure
from assessor.rule_kinds import refuse_other_kind
from assessor.settings import own_rules_folder, rules_folder
from assessor.types import Text

MOST_BENCHES = 96
BenchId = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
Student = Annotated[str, Field(min_length=1, max_length=100)]
Mode = Literal["practice", "exam"]


def _readable(entry: str) -> str:
    try:
        read_allowed([entry])
    except RefusedError as refused:
        expected = Text(
            "如 rtsp://10.0.7.0/24 或 http://10.0.7.21:8080 的条目",
            "an entry like rtsp://10.0.7.0/24 or http://10.0.7.21:8080",
        )
        raise UnfitError(expected, Text(redact(entry), redact(entry))) from refused
    return entry


class Seat(Located):
    """A bench of the classroom. `bench`, `procedure`: file (from the classroom file's folder), or the name of
    a shipped or own one; `mode`: where it is not that of the class; `min_fps`: below it nothing is judged."""

    bench: Annotated[str, Field(min_length=1, max_length=400)]
    procedure: Annotated[str, Field(min_length=1, max_length=400)]
    camera: Camera
    mode: Mode | None = None
    min_fps: Annotated[float, Field(gt=0, le=30)] = 2.0


class Classroom(Located):
    """A room. `allowed`: which addresses its cameras may have; `seat_plan`: bench → who sits there."""

    classroom: Annotated[str, Field(min_length=1, max_length=100)]
    mode: Mode = "practice"
    allowed: tuple[Annotated[str, AfterValidator(_readable)], ...] = ()
    benches: Annotated[dict[BenchId, Seat], Field(min_length=1, max_length=MOST_BENCHES)]
    seat_plan: dict[BenchId, Student] = Field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the files that it names are looked for."""
        return Path(self.from_file).parent

    @property
    def targets(self) -> tuple[Allowed, ...]:
        """The addresses that its cameras may have."""
        return read_allowed(self.allowed)

    def mode_of(self, bench: str) -> str:
        """ "practice" or "exam"."""
        return self.benches[bench].mode or self.mode


@dataclass(frozen=True, slots=True)
class ClassBench:
    """A bench of the class with all that was read for it."""

    id: str
    bench: Bench
    procedure: Procedure
    camera: Any  # one of `sources.KINDS`
    mode: str
    student: str | None
    min_fps: float


def load_classroom(path: Path | Source | str) -> Classroom:
    """Read a classroom file. RuleFileError holds all its faults at once; none of them shows a password."""
    source = as_source(path)
    refuse_other_kind(source, "classroom")
    try:
        classroom = load(source, Classroom)
    except RuleFileError as error:
        raise RuleFileError(_redacted(fault) for fault in error.faults) from None
    if faults := [*_same_camera(classroom), *_bad_seats(classroom), *_bad_targets(classroom)]:
        raise RuleFileError(faults)
    return classroom


def benches_of(classroom: Classroom) -> tuple[ClassBench, ...]:
    """Every bench with its bench file and procedure. RuleFileError: their faults, and names that a procedure
    uses and its bench does not have."""
    faults: list[Fault] = []
    read: list[ClassBench] = []
    for name, seat in classroom.benches.items():
        try:
            read.append(_read(classroom, name, seat))
        except RuleFileError as error:
            faults += error.faults
    if faults:
        raise RuleFileError(dict.fromkeys(faults))
    return tuple(read)


def played_file(classroom: Classroom, camera: PlayedFile) -> Path:
    """The recording that is played as a camera."""
    return classroom.folder / camera.file


def _read(classroom: Classroom, name: str, seat: Seat) -> ClassBench:
    bench = load_bench(_rule_file(classroom, seat, "bench", "benches"))
    procedure = load_procedure(_rule_file(classroom, seat, "procedure", "procedures"))
    if misfits := faults_against(procedure, bench):
        raise RuleFileError(misfits)
    if isinstance(seat.camera, PlayedFile) and not played_file(classroom, seat.camera).is_file():
        expected, came = (
            Text("已有的录像文件", "a recording that exists"),
            Text("没有这个文件", "no such file"),
        )
        raise RuleFileError([seat.camera.fault("file", expected=expected, came=came)])
    student = classroom.seat_plan.get(name)
    return ClassBench(name, bench, procedure, seat.camera, classroom.mode_of(name), student, seat.min_fps)


def _rule_file(classroom: Classroom, seat: Seat, key: str, kind: str) -> Path:
    """The file that is named beside the classroom file, else the own or shipped one of that name."""
    named = str(getattr(seat, key))
    beside = classroom.folder / named
    if beside.is_file():
        return beside
    folders = rules_folder(), own_rules_folder()  # a school's own one stands before a shipped one of its name
    known = {file.stem: file for folder in folders for file in sorted((folder / kind).glob("*.yaml"))}
    if named in known:
        return known[named]
    expected = Text(f"文件，或{one_of(known).zh}", f"a file that exists or {one_of(known).en}")
    came = Text(f"“{named}”", f"'{named}'")
    raise RuleFileError([seat.fault(key, expected=expected, came=came, hint=nearest(named, known))])


def _same_camera(classroom: Classroom) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, seat in classroom.benches.items():
        camera = seat.camera
        named = str(getattr(camera, camera.kind))
        other = first.setdefault(named, name)
        if other != name and not isinstance(camera, PlayedFile):
            expected = Text("每个工位自己的摄像头", "a camera of its own")
            came = Text(f"与 {other} 相同的摄像头", f"the camera of {other}")
            yield seat.fault("camera", camera.kind, expected=expected, came=came)


def _bad_seats(classroom: Classroom) -> Iterator[Fault]:
    sitting: dict[str, str] = {}
    for bench, student in classroom.seat_plan.items():
        if bench not in classroom.benches:
            hint = nearest(bench, classroom.benches)
            expected, came = one_of(classroom.benches), Text(f"“{bench}”", f"'{bench}'")
            yield classroom.fault("seat_plan", bench, expected=expected, came=came, hint=hint)
        other = sitting.setdefault(student, bench)
        if other != bench:
            expected = Text("每名学生一个工位", "one bench for each student")
            came = Text(f"“{student}” 也在 {other}", f"'{student}', who also sits at {other}")
            yield classroom.fault("seat_plan", bench, expected=expected, came=came)


def _bad_targets(classroom: Classroom) -> Iterator[Fault]:
    """Addresses that are not on the list; a name is only resolved when the camera is opened."""
    for seat in classroom.benches.values():
        camera = seat.camera
        if isinstance(camera, NetworkCamera) and not _is_listed(camera, classroom.targets):
            listed = Text("allowed 中列出的地址", "an address that 'allowed' lists")
            came = Text(camera.named, camera.named)
            hint = Text("请在 allowed 中加入该地址", "add it to 'allowed'")
            yield seat.fault("camera", camera.kind, expected=listed, came=came, hint=hint)


def _is_listed(camera: NetworkCamera, targets: Iterable[Allowed]) -> bool:
    listed = tuple(targets)
    inside = [str(one.host[0]) for one in listed if not isinstance(one.host, str)]
    url = str(getattr(camera, camera.kind))
    for address in inside or ["192.0.2.1"]:  # what a name may turn out to be: that shows when it is called
        try:
            check_target(url, listed, partial(_resolved, address))
        except RefusedError:
            continue
        return True
    return False


def _resolved(address: str, host: str, port: int) -> tuple[str, ...]:
    return (address,)


def _redacted(fault: Fault) -> Fault:
    came = Text(redact(fault.came.zh), redact(fault.came.en))
    return replace(fault, came=came)
