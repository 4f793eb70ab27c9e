"""The same recordings made worse (coarser, darker, tinted, noisy): what `assessor evaluate` says then.

    python benchmarks/degraded.py samples/start_stop_faulty.mp4 samples/more/left_handed.mp4

Truth and bench file lie beside each recording. Prints the tables of `evaluate`; half a minute a version.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import av
import cv2
import numpy as np

from assessor.camera import FileSource, probe
from assessor.types import Image

COARSE = (640, 360)
WARM = np.array((0.80, 0.95, 1.12))  # gains of blue, green, red
NOISE, BLUR = 7.0, 1.0


def coarse(image: Image) -> Image:
    """Fewer pixels: a terminal is 12 of them."""
    return np.asarray(cv2.resize(image, COARSE, interpolation=cv2.INTER_AREA), np.uint8)


def dark(image: Image) -> Image:
    """55 % of the light."""
    return np.asarray(image * 0.55).astype(np.uint8)


def warm(image: Image) -> Image:
    """A lamp of another colour."""
    return np.asarray(np.clip(image * WARM, 0, 255), np.uint8)


def noisy(image: Image) -> Image:
    """Out of focus, with strong noise (the same for every run)."""
    grain = np.random.default_rng(int(image[0, 0, 0])).normal(0, NOISE, image.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(image, (0, 0), BLUR) + grain, 0, 255), np.uint8)


VERSIONS: dict[str, Callable[[Image], Image]] = {"coarse": coarse, "dark": dark, "warm": warm, "noisy": noisy}


def write_version(video: Path, name: str, folder: Path) -> None:
    """One recording made worse, with its truth and bench file."""
    recording = probe(video, settle_s=0)
    target = folder / f"{video.stem}_{name}.mp4"
    pictures = (VERSIONS[name](frame.image) for frame in FileSource(recording).frames())
    encode(target, pictures, round(recording.fps))
    for ending in (".truth.json", ".bench.yaml"):
        shutil.copy(video.with_name(video.stem + ending), target.with_name(target.stem + ending))


def encode(target: Path, pictures: Iterable[Image], fps: int) -> None:
    """H.264 as the generator writes it."""
    with av.open(str(target), "w") as file:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = file.add_stream("libx264", rate=fps, options={"crf": "24", "preset": "veryfast"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        if stream is not None:
            file.mux(stream.encode())


def main() -> None:
    """Make every version of every recording, then evaluate them all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="+", type=Path)
    videos = parser.parse_args().videos
    with tempfile.TemporaryDirectory() as folder:
        for video in videos:
            for name in VERSIONS:
                write_version(video, name, Path(folder))
        subprocess.run([sys.executable, "-m", "assessor", "evaluate", folder], check=True)


if __name__ == "__main__":
    main()
