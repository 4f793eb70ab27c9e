"""Measures the detector: size of its files and milliseconds a picture, beside another one in the same run.

python benchmarks/detector.py [--beside FOLDER_OF_MODELS] [--pictures 60]
How well it finds things is told by `assessor label measure` (docs/training.md).
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import cv2

from assessor import settings
from assessor.types import Image
from assessor.vision.objects import ObjectDetector, read_classes


def pictures(count: int) -> list[Image]:
    """Photos of the shipped boards, as often as needed, in the size that a camera gives."""
    found = sorted((settings.samples_folder() / "boards").glob("*.jpg"))
    images = [cv2.resize(cv2.imread(str(path)), (1280, 720)) for path in found]
    return [images[i % len(images)] for i in range(count)]


def times_ms(models: Path, threads: int, images: list[Image]) -> list[float]:
    """Wall time of each picture; the first two, which warm up, are left out."""
    classes = read_classes(models / "classes.yaml")
    detector = ObjectDetector(models / "detector" / "detector.xml", classes, threads)
    took = []
    for image in images:
        start = time.perf_counter()
        detector.detect(image)
        took.append((time.perf_counter() - start) * 1000)
    return took[2:]


def main() -> None:
    """Print one line per folder of models and number of threads."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--pictures", type=int, default=60)
    chosen = parser.parse_args()
    images = pictures(chosen.pictures)
    for models in filter(None, (settings.models_folder(), chosen.beside)):
        run = [models / "detector" / f"detector{kind}" for kind in (".xml", ".bin")]
        size = sum(path.stat().st_size for path in run) / 1e6
        for threads in (1, 2):
            took = times_ms(models, threads, images)
            median, slow = statistics.median(took), statistics.quantiles(took, n=20)[-1]
            times = f"{threads} threads: {median:.1f} ms a picture, p95 {slow:.1f} ms"
            sys.stdout.write(f"{models.name}: {size:.2f} MB, {times}\n")


if __name__ == "__main__":
    main()
