"""Command: MediaPipe's hand detection rate on a recording against its truth (environment of the product).

python check_detection.py --model hand_landmarker.task start_stop_good.mp4 [...]
A hit is a returned hand whose 21 points lie on average < 0.5 palm lengths from the truth.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision


def detected_frames(path: Path, model: Path, confidence: float) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Truth row and the hands that were found, each as (21 points px, side)."""
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    options = vision.HandLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        num_hands=2,
        running_mode=vision.RunningMode.VIDEO,
        min_hand_detection_confidence=confidence,
        min_hand_presence_confidence=confidence,
        min_tracking_confidence=confidence,
    )
    capture = cv2.VideoCapture(str(path))
    with vision.HandLandmarker.create_from_options(options) as detector:
        for i, row in enumerate(truth["frames"]):
            ok, image = capture.read()
            if not ok:
                raise SystemExit(f"{path} ends at frame {i}, its truth has {len(truth['frames'])}")
            rgb = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            found = detector.detect_for_video(rgb, int(i * 1000 / truth["fps"]))
            size = np.array(image.shape[1::-1])
            hands = zip(found.hand_landmarks, found.handedness, strict=True)
            yield (
                row,
                [(np.array([(m.x, m.y) for m in marks]) * size, s[0].category_name) for marks, s in hands],
            )


def nearest(row: dict[str, Any], hands: list[Any]) -> tuple[Any, str] | None:
    """Distances of the hit's 21 points and its side; None = missed."""
    joints = np.array(row["joints"])
    palm = np.linalg.norm(joints[0] - joints[9])
    scored = [(np.linalg.norm(points - joints, axis=1), side) for points, side in hands]
    hits = [hit for hit in scored if hit[0].mean() < 0.5 * palm]
    return min(hits, key=lambda hit: hit[0].mean(), default=None)


def check(path: Path, model: Path, confidence: float) -> dict[str, Any]:
    """The rates of one recording."""
    tips, right_side, full, false, empty, missed = [], 0, 0, 0, 0, []
    for i, (row, hands) in enumerate(detected_frames(path, model, confidence)):
        if not row["hand"]:
            empty += 1
            false += bool(hands)
        elif row["joints_inside"] >= 20:
            full += 1
            hit = nearest(row, hands)
            if hit is None:
                missed.append(i)
            else:
                tips.append(hit[0][8])
                right_side += hit[1].lower() == row["handedness"]
    return {
        "clip": path.name,
        "confidence": confidence,
        "full_hand_frames": full,
        "hit_rate": round(len(tips) / max(1, full), 3),
        "tip_error_px_median": round(float(np.median(tips)), 1) if tips else None,
        "tip_error_px_p90": round(float(np.percentile(tips, 90)), 1) if tips else None,
        "handedness_right": round(right_side / max(1, len(tips)), 3),
        "empty_frames": empty,
        "false_in_empty": false,
        "missed": missed,
    }


def main() -> None:
    """Parse the command line and write one JSON line per recording."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--confidence", type=float, default=0.5)
    args = parser.parse_args()
    for path in args.clips:
        sys.stdout.write(json.dumps(check(path, args.model, args.confidence)) + "\n")


if __name__ == "__main__":
    main()
