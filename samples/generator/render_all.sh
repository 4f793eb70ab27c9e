#!/bin/sh
# Render every sample in order; every step resumes. PY = Python with bpy (see README.md).
PY=${PY:-python}
cd "$(dirname "$0")" || exit 1
set -x
$PY render_clip.py scenarios/start_stop_good.yaml --out out/clips --work .cache/good
$PY render_clip.py scenarios/start_stop_faulty.yaml --out out/clips --work .cache/faulty --size 960x540
$PY render_board.py scenarios/boards.yaml --out out/boards --work .cache/boards
$PY render_training.py --out out/training --work .cache/training --count 300 --per-background 10
