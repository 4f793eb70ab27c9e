"""The commands for a detector of one's own: label pictures, train, measure (end of the flow)."""

from pathlib import Path
from typing import Annotated

import typer

from assessor import settings, terminal
from assessor.command_options import AsJson

OURS = "ours"

label_app = typer.Typer(name="label", help="Pictures and boxes for the detector.", no_args_is_help=True)

Pictures = Annotated[
    list[Path],
    typer.Argument(help="Folders of labelled pictures (docs/training.md).", exists=True, file_okay=False),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(train)
    app.add_typer(label_app)


def train(
    pictures: Pictures,
    work: Annotated[
        Path,
        typer.Option(help="Where the training's state is kept; the same folder goes on.", file_okay=False),
    ],
    start: Annotated[
        str, typer.Option("--from", help="'ours': the shipped detector; else a file of tensors (.npz).")
    ] = OURS,
    out: Annotated[
        Path | None, typer.Option(help="Folder of models to write; else 'models' in --work.", file_okay=False)
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Rounds over the pictures.")] = 28,
    hours: Annotated[
        float | None,
        typer.Option(min=0.01, help="As many rounds as fit into this time, instead of --epochs."),
    ] = None,
) -> None:
    """Train the detector on pictures, export it, measure it, write its card. Needs the extra `train`."""
    from assessor import train as train_

    tensors = settings.models_folder() / "detector" / train_.TENSORS if start == OURS else Path(start)
    made = out or work / "models"
    train_.run(pictures, tensors, work, made, train_.Plan(epochs=epochs, hours=hours))
    terminal.console().print(f"{made}  (ASSESSOR_MODELS={made} assessor score ...)", markup=False)


@label_app.command("export")
def label_export(
    sources: Annotated[
        list[Path], typer.Argument(help="Recordings and photos.", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option("--to", help="New folder to write.", file_okay=False)],
    every: Annotated[
        float, typer.Option(min=0.04, help="Seconds between two pictures of a recording.")
    ] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Take pictures out of recordings, with what the detector finds as proposals, for a labelling tool."""
    from assessor import models
    from assessor.label_export import export_labels
    from assessor.vision.objects import ObjectDetector, read_classes

    classes = read_classes(settings.models_folder() / "classes.yaml")
    detector = ObjectDetector(models.path_of("detector"), classes)
    count = export_labels(sources, out, detector, every)
    if as_json:
        terminal.write_json({"folder": str(out), "pictures": count})
    else:
        terminal.console().print(f"{out}: {count}", markup=False)


@label_app.command("import")
def label_import(
    source: Annotated[
        Path, typer.Argument(help="What the labelling tool exported, unpacked.", exists=True, file_okay=False)
    ],
    out: Annotated[Path, typer.Option("--to", help="New folder to write.", file_okay=False)],
    plan: Annotated[
        Path | None, typer.Option(help="Which pictures and names to take (docs/training.md).", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check labels that people drew and make pictures to train on of them."""
    from assessor.label_import import Plan, import_labels
    from assessor.located_yaml import load
    from assessor.vision.objects import read_classes

    classes = read_classes(settings.models_folder() / "classes.yaml")
    done = import_labels(source, out, classes, load(plan, Plan) if plan else Plan())
    if as_json:
        terminal.write_json(done)
        return
    for name, count in (*done.pictures.items(), *done.boxes.items()):
        terminal.console().print(f"{name}: {count}", markup=False)


@label_app.command("measure")
def label_measure(
    pictures: Pictures,
    models: Annotated[
        Path | None, typer.Option(help="Folder of models; else the one in use.", file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print how well the detector finds what the labels say: average precision at IoU 0.5 by class."""
    from assessor.model_card import figure_rows
    from assessor.train import figures_of

    figures = figures_of(models or settings.models_folder(), pictures)
    if as_json:
        terminal.write_json(figures)
    else:
        terminal.console().print("\n".join(figure_rows(figures)), markup=False)
