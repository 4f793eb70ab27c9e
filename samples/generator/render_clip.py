"""Command: scenario -> <out>/<name>.mp4 + .truth.json + .bench.yaml. Resumes from what --work holds.

python render_clip.py scenarios/start_stop_good.yaml --out clips --work .cache/good
python render_clip.py scenarios/start_stop_good.yaml --work .cache/good --preview   (fast contact sheet)
"""

import argparse
import json
import logging
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import picture
import scene
import yaml
from clip import Clip, log
from clip_truth import clip_truth


def write_video(clip: Clip, path: Path, samples: int) -> list[dict[str, Any]]:
    """Render what is missing and encode the recording; returns the patch record of every frame."""
    backgrounds, records = clip.backgrounds(), clip.patches(samples)
    rng = np.random.default_rng(clip.scenario["seed"])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=clip.video["fps"])
        stream.width, stream.height = clip.size
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "24", "preset": "medium"}
        for frame, record in zip(clip.plan.frames, records, strict=True):
            image = backgrounds[frame["state"]].copy()
            if record["region"]:
                picture.paste(image, picture.read_float(clip.patch_path(record["key"])), record["region"])
            noisy = av.VideoFrame.from_ndarray(picture.camera_noise(image, rng), format="bgr24")
            container.mux(stream.encode(noisy))
        container.mux(stream.encode())
    return records


def write_documents(clip: Clip, out: Path, name: str, records: list[dict[str, Any]]) -> None:
    """Truth and bench file beside the recording."""
    truth = json.dumps(clip_truth(clip, records), separators=(",", ":"))
    (out / f"{name}.truth.json").write_text(truth, encoding="utf-8")
    write_bench(out / f"{name}.bench.yaml", picture.bench_document(clip.layout, clip.camera, clip.size))


def write_bench(path: Path, document: dict[str, Any]) -> None:
    """The bench file; JSON first, so that it holds plain values only."""
    plain = json.loads(json.dumps(document))
    text = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None, width=160)
    path.write_text(text, encoding="utf-8")


def write_preview(clip: Clip, path: Path, step: int = 8, columns: int = 6) -> None:
    """Contact sheet in flat shading, for checking the motion."""
    scene.use_preview(426, 240)
    tiles = []
    for i in range(0, len(clip.plan.frames), step):
        frame = clip.plan.frames[i]
        clip.set_frame(frame)
        scene.render(clip.work / "preview.png")
        tile = cv2.imread(str(clip.work / "preview.png"))
        cv2.putText(tile, f"{i} {frame['at'] or ''}", (4, 14), 0, 0.45, (0, 0, 255), 1)
        tiles.append(tile)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)]
    cv2.imwrite(str(path), np.vstack(rows))


def main() -> None:
    """Parse the command line and render."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--out", type=Path, default=Path("clips"))
    parser.add_argument(
        "--work", type=Path, required=True, help="rendered pictures (one folder per scenario and size)"
    )
    parser.add_argument("--size", help="WxH instead of the scenario's")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--preview", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    width, height = (int(v) for v in args.size.split("x")) if args.size else (0, 0)
    clip = Clip(args.scenario, args.work, (width, height) if args.size else None)
    distinct = {clip.frame_key(f) for f in clip.plan.frames if f["pose"]}
    log.info("%d frames, %d distinct pictures with a hand", len(clip.plan.frames), len(distinct))
    scene.use_cycles(*clip.size, args.samples)
    if args.preview:
        write_preview(clip, args.work / "preview_sheet.png")
        return
    args.out.mkdir(parents=True, exist_ok=True)
    name = args.scenario.stem
    records = write_video(clip, args.out / f"{name}.mp4", args.samples)
    write_documents(clip, args.out, name, records)
    log.info("done: %s", args.out / f"{name}.mp4")


if __name__ == "__main__":
    main()
