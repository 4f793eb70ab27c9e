"""Examines this machine before a lesson does: what is missing and how to mend it (serves the commands).

Takes nothing, gives one `Finding` per check. `fault`: recordings cannot be scored. `note`: something beside
the main job is missing.
"""

import importlib.metadata
import io
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assessor import models, settings
from assessor.errors import ModelError

OK, NOTE, FAULT = "ok", "note", "fault"
_FAULT_FREE_GB, _NOTE_FREE_GB = 0.5, 5.0
_LIBRARIES = "on Debian and Ubuntu also: apt install libgl1 libegl1 libgles2 libglib2.0-0"
_CJK_FONTS = (
    "notosanscjk",
    "notoserifcjk",
    "sourcehan",
    "wqy",
    "uming",
    "ukai",
    "droidsansfallback",
    "msyh",
    "simsun",
    "simhei",
    "pingfang",
    "stheiti",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `state`: "ok" | "note" | "fault"; `mend` says what to do where `found` does not say it."""

    name: str
    state: str
    found: str
    mend: str = ""


def examine() -> Iterator[Finding]:
    """All checks, each as soon as it is done."""
    yield from examine_models()
    yield examine_opencv()
    yield examine_mediapipe()
    yield examine_inference()
    yield examine_codecs()
    yield examine_disk(settings.data_folder())
    yield examine_fonts(_font_folders())
    yield examine_cameras(Path("/dev"))
    yield examine_browser()


def examine_models() -> Iterator[Finding]:
    """Every model of the manifest is there and unaltered."""
    for name in models.manifest().models:
        try:
            yield Finding(f"model {name}", OK, str(models.path_of(name)))
        except ModelError as error:
            yield Finding(f"model {name}", FAULT, str(error))


def examine_opencv() -> Finding:
    """Both OpenCV packages write the same folder `cv2`: they must be of one version and whole."""
    packages = ("opencv-python", "opencv-contrib-python")
    versions = {package: _version_of(package) for package in packages}
    found = ", ".join(f"{package} {version}" for package, version in versions.items())
    mend = "pip install --force-reinstall --no-deps " + " ".join(_required(package) for package in packages)
    if len(set(versions.values())) > 1 or None in versions.values():
        return Finding("OpenCV", FAULT, f"expected both of one version, got {found}", mend)
    try:
        import cv2
    except ImportError as error:
        return Finding(
            "OpenCV", FAULT, f"{found}, but cv2 cannot be imported: {error}", f"{mend}; {_LIBRARIES}"
        )
    if not hasattr(cv2, "aruco"):
        return Finding("OpenCV", FAULT, f"{found}, but cv2.aruco is missing", mend)
    return Finding("OpenCV", OK, found)


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _required(package: str) -> str:
    """`package==version` as assessor asks for it; the bare name when assessor is not installed."""
    try:
        lines = importlib.metadata.requires("assessor") or []
    except importlib.metadata.PackageNotFoundError:
        lines = []
    return next((line for line in lines if line.startswith(f"{package}==")), package)


def examine_mediapipe() -> Finding:
    """MediaPipe's native library can be loaded; it needs EGL even without a graphics card."""
    try:
        from mediapipe.tasks.python.core import mediapipe_c_bindings

        mediapipe_c_bindings.load_raw_library()
    except (ImportError, OSError) as error:
        mend = f"pip install --force-reinstall --no-deps {_required('mediapipe')}; {_LIBRARIES}"
        return Finding("MediaPipe", FAULT, f"cannot be loaded: {error}", mend)
    return Finding("MediaPipe", OK, str(_version_of("mediapipe")))


def examine_inference() -> Finding:
    """OpenVINO sees a device to run the detector on."""
    mend = "pip install --force-reinstall openvino"
    try:
        import openvino
    except ImportError as error:
        return Finding("OpenVINO", FAULT, f"cannot be imported: {error}", mend)
    devices = openvino.Core().available_devices
    if not devices:
        return Finding("OpenVINO", FAULT, "expected at least the device CPU, got none", mend)
    return Finding("OpenVINO", OK, ", ".join(devices))


def examine_codecs() -> Finding:
    """PyAV writes an H.264 clip as browsers play it, and reads it back."""
    mend = "pip install --force-reinstall av"
    try:
        import av

        frames = _write_and_read_clip()
    except ImportError as error:
        return Finding("video codecs", FAULT, f"PyAV cannot be imported: {error}", mend)
    except (av.error.FFmpegError, ValueError) as error:  # ValueError: unknown codec
        return Finding("video codecs", FAULT, f"expected H.264 in and out, got: {error}", mend)
    if frames != 1:
        return Finding("video codecs", FAULT, f"wrote 1 H.264 picture, read {frames}", mend)
    return Finding("video codecs", OK, f"H.264 in and out, PyAV {av.__version__}")


def _write_and_read_clip() -> int:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as clip:
        stream = clip.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        clip.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        clip.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as written:
        return len(list(written.decode(video=0)))


def examine_disk(folder: Path) -> Finding:
    """There is room for results and clips, and they may be written."""
    mend = "free some space, or set ASSESSOR_DATA to a folder with room that you may write to"
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    found = f"{free_gb:.1f} GB free in {folder}"
    if not os.access(existing, os.W_OK):
        return Finding("disk", FAULT, f"{existing} cannot be written to", mend)
    if free_gb < _FAULT_FREE_GB:
        return Finding("disk", FAULT, f"{found}; expected at least {_FAULT_FREE_GB} GB", mend)
    if free_gb < _NOTE_FREE_GB:
        return Finding("disk", NOTE, f"{found}; a day of lessons takes some GB", mend)
    return Finding("disk", OK, found)


def _font_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",)
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts")


def examine_fonts(folders: tuple[Path, ...]) -> Finding:
    """A font with Chinese characters lies in one of `folders`."""
    for font in (font for folder in folders for font in sorted(folder.rglob("*.[to]t[fc]"))):
        if font.name.lower().replace("-", "").startswith(_CJK_FONTS):
            return Finding("Chinese font", OK, font.name)
    return Finding(
        "Chinese font",
        NOTE,
        "none found: Chinese text in pictures, PDFs and a browser on this machine would show as boxes",
        "install one, on Debian and Ubuntu: apt install fonts-noto-cjk",
    )


def examine_cameras(devices: Path) -> Finding:
    """Cameras of this machine; recordings are scored without one."""
    if not sys.platform.startswith("linux"):
        return Finding("camera", NOTE, "not looked for on this system; recordings need none")
    cameras = sorted(path.name for path in devices.glob("video*"))
    if not cameras:
        return Finding(
            "camera", NOTE, "none found; recordings need none", "plug one in to watch a bench live"
        )
    closed = [name for name in cameras if not os.access(devices / name, os.R_OK | os.W_OK)]
    if closed:
        return Finding("camera", NOTE, f"no right to open {', '.join(closed)}", "usermod -aG video YOU")
    return Finding("camera", OK, ", ".join(cameras))


def examine_browser() -> Finding:
    """Chromium and its driver, which only the tests need."""
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if absent:
        found = f"{', '.join(absent)} not found; only the browser tests need it and are skipped without"
        return Finding("Chromium", NOTE, found, "on Debian: apt install chromium chromium-driver")
    return Finding("Chromium", OK, "with its driver, for the browser tests")
