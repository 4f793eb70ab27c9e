"""Says whether a file is a recording that can be scored, and what it holds (`camera`, before any frame)."""

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assessor.camera import decoder
from assessor.camera.child import decoding, read_report
from assessor.camera.container import ACCEPTED, container_of, kind_of, mp4_boxes
from assessor.errors import InputError, reason_of
from assessor.types import Text

HEAD_BYTES = 400
SETTLED_S = 60.0  # a file that nobody has written to for so long is not being written


@dataclass(frozen=True, slots=True)
class Recording:
    """A video file that was probed. Its content is known by `sha256`; `name` is what the user called it.

    `width`, `height`: of the upright picture. `claimed_frames`: what the container promises, None if it does
    not say. `rotation`: degrees counter-clockwise from stored to upright picture. `cut`: the file ends
    in the middle of its own structure.
    """

    path: Path
    name: str
    sha256: str
    container: str
    codec: str
    width: int
    height: int
    fps: float
    claimed_frames: int | None
    duration_s: float
    rotation: int
    cut: bool


def probe(path: Path, name: str | None = None, settle_s: float = 1.0) -> Recording:
    """Check and describe the video at `path`; every fault is an InputError and leaves the file as it is.

    `name`: original file name where `path` is a stored copy. `settle_s`: how long to wait to see whether the
    file is still being written (only if it was written to lately); 0 = don't wait.
    """
    shown = name if name is not None else os.fsencode(path.name).decode(errors="replace")
    try:
        return _probe(path, shown, settle_s)
    except InputError as fault:
        raise fault.about(shown) from None
    except OSError as fault:
        why = reason_of(fault)
        raise InputError(
            Text(
                zh=f"{shown!r}：应为可读取的录像文件，实际为“{why.zh}”；请给出录像的路径",
                en=f"{shown!r}: expected a readable file, got '{why.en}'; give the path of a recording",
            )
        ) from None


def _probe(path: Path, name: str, settle_s: float) -> Recording:
    before = _settled(path, settle_s)
    with path.open("rb") as file:
        container, cut = _recognised(file, before.st_size)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    video = _described(path, container)
    if _changed(before, path.stat()):
        raise _incomplete()
    upright = (video.width, video.height) if video.rotation % 180 == 0 else (video.height, video.width)
    return Recording(
        path=path,
        name=name,
        sha256=sha256,
        container=container,
        codec=video.codec,
        width=upright[0],
        height=upright[1],
        fps=video.fps,
        claimed_frames=video.claimed_frames,
        duration_s=round(video.duration_s, 3),
        rotation=video.rotation,
        cut=cut,
    )


def _settled(path: Path, settle_s: float) -> os.stat_result:
    """The file's state once it has not changed for `settle_s`."""
    before = path.stat()
    if not stat.S_ISREG(before.st_mode):
        raise InputError(
            Text(
                zh="应为文件，实际为文件夹或设备；请给出录像文件本身",
                en="expected a file, got a folder or device; give the recording itself",
            )
        )
    if settle_s > 0 and abs(time.time() - before.st_mtime) < SETTLED_S:
        time.sleep(settle_s)
        if _changed(before, path.stat()):
            raise _incomplete()
    return before


def _changed(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


def _incomplete() -> InputError:
    return InputError(
        Text(
            zh="应为录完的文件，实际为仍在写入的文件；请等录制或复制结束后再试",
            en="expected a finished recording, got an incomplete file that is still being written; "
            "wait until recording or copying has ended and try again",
        )
    )


def _recognised(file: BinaryIO, size: int) -> tuple[str, bool]:
    """Container and whether the file was cut; leaves `file` at its beginning."""
    if size == 0:
        raise InputError(
            Text(
                zh="应为录像，实际为空文件（0 字节）；请从摄像头重新复制",
                en="expected a video, got an empty file (0 bytes); copy it again from the camera",
            )
        )
    head = file.read(HEAD_BYTES)
    container = container_of(head)
    if container is None:
        raise InputError(
            Text(
                zh=f"应为录像（{ACCEPTED}），实际为 {kind_of(head)}；请将录像导出为 MP4",
                en=f"expected a video ({ACCEPTED}), got {kind_of(head)}; export the recording as MP4",
            )
        )
    cut = False
    if container == "mov":
        boxes = mp4_boxes(file, size)
        cut = boxes.cut
        if b"moov" not in boxes.names:
            raise InputError(
                "expected a whole MP4, got one without its index (moov): the file was cut while recording. "
                "Keep the original; copy it again from the camera, or repair it with a recovery tool and a "
                "good recording of the same camera. Record in fragmented MP4 or MKV to lose seconds only"
            )
    file.seek(0)
    return container, cut


def _described(path: Path, container: str) -> decoder.Video:
    with decoding(path, decoder.Request(container)) as delivery:
        delivery.pipe.read(decoder.RECORD.size)
        report = read_report(delivery.pipe)
    if not isinstance(report, decoder.Video):
        raise InputError(
            "expected a video that can be decoded, got one on which the decoder crashed, hung or needed more "
            f"than {decoder.MAX_MEMORY_BYTES / 1e9:g} GB; copy the file again, or convert it to H.264"
        )
    return report
