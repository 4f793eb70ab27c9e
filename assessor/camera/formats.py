"""The picture sizes that a webcam offers, as ffmpeg lists them (for `assessor cameras`)."""

import re
from pathlib import Path

FORMATS = re.compile(r"(?:Compressed|Raw)\s*:\s*(\S+)\s*:.*:((?:\s+\d+x\d+)+)")


def sizes_of(device: Path) -> list[str]:
    """Format and size, e.g. `mjpeg 1280x720`; none where the device cannot be asked."""
    import av

    with av.logging.Capture() as logs:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            av.open(str(device), "r", "v4l2", options={"list_formats": "all"}, timeout=3.0).close()
        except av.error.FFmpegError:
            pass  # listing always ends like this
        finally:
            av.logging.set_level(before)
    return sizes_in("".join(message for _, _, message in logs))


def sizes_in(log: str) -> list[str]:
    """The sizes in ffmpeg's list."""
    listed = [(match[1], size) for match in FORMATS.finditer(log) for size in match[2].split()]
    return [f"{name} {size}" for name, size in dict.fromkeys(listed)]
