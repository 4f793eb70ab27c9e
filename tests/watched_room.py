"""Builder of a classroom file whose cameras are sample recordings played as live."""

from pathlib import Path

from assessor.settings import samples_folder

SAMPLES = {"bench_1": "start_stop_good", "bench_2": "start_stop_faulty"}
KEPT = "kept_area: [[-150, 100], [150, 100], [150, -100], [-150, -100]]\n"


def write_classroom(folder: Path, mode: str = "practice", loop: bool = False) -> Path:
    """Two benches; student S1 sits at the first. `loop`: a recording that is over is played again."""
    lines = ["classroom: room", f"mode: {mode}", "benches:"]
    for name, sample in SAMPLES.items():
        described = (samples_folder() / f"{sample}.bench.yaml").read_text("utf-8")
        (folder / f"{name}.yaml").write_text(f"{described}\n{KEPT}", encoding="utf-8")
        video = samples_folder() / f"{sample}.mp4"
        lines += [f"  {name}:", f"    bench: {name}.yaml", "    procedure: motor_start_stop"]
        lines += [f"    camera: {{file: {video}, loop: {str(loop).lower()}}}"]
    lines += ["seat_plan:", "  bench_1: S1", ""]
    file = folder / "classroom.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file
