"""Device classes: what every device of a kind has in common, so that a bench file need not say it again.

Takes the shipped `devices.yaml`, and a school's own in `shared/` beside its `benches/`, which adds to it;
gives `DeviceClass`es.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from assessor import settings
from assessor.located_yaml import Located, load
from assessor.located_yaml.faults import UnfitError
from assessor.located_yaml.source import Source, read_source
from assessor.types import Text

Xyz = tuple[float, float, float]
CLASSES_FILE = "devices.yaml"
Length = Annotated[float, Field(gt=0)]
VALUES_NEEDED = {"lever": 2, "plunger": 2, "lit": 0, "lcd": 0}


class Title(Located):
    """A name in both languages."""

    zh: str
    en: str


class IndicatorRule(Located):
    """Where on a device its state shows: `at` and `size` in mm from the device's own place."""

    kind: Literal["switch", "lamp", "display"]
    look: Literal["lever", "plunger", "lit", "lcd"]
    at: Xyz
    size: tuple[Length, Length]
    values: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        count, needed = len(self.values), VALUES_NEEDED[self.look]
        if count < needed or (count and not needed):
            words = (f"至少 {needed} 个", f"at least {needed}") if needed else ("没有", "no")
            expected = Text(
                f"look 为 {self.look} 时{words[0]} values", f"{words[1]} values for the look {self.look}"
            )
            raise UnfitError(expected, Text(f"{count} 个", str(count)))
        return self


class DeviceClass(Located):
    """One kind of device. `joined_suffix`: its terminals n and n + suffix are one node. `size`: width, depth,
    top of one that is no device of the bench but a part, put where it belongs during the work."""

    title: Title
    detector_class: str | None = None
    size: tuple[Length, Length, Length] | None = None
    joined_suffix: str = ""
    indicators: tuple[IndicatorRule, ...] = ()


class DeviceClasses(Located):
    """The file of device classes."""

    device_classes: dict[str, DeviceClass]


@cache
def shipped_classes() -> dict[str, DeviceClass]:
    """The device classes that come with the package."""
    return load_classes(settings.rules_folder() / "shared" / CLASSES_FILE)


def load_classes(file: Path | Source) -> dict[str, DeviceClass]:
    """Device classes by name. RuleFileError names every fault of the file."""
    return load(file, DeviceClasses).device_classes


def own_classes(bench_path: Path) -> dict[str, Source]:
    """The file of device classes in the rules folder of a bench file, by its name; none for the shipped one,
    which belongs to the program."""
    own = bench_path.parent.parent / "shared" / CLASSES_FILE
    shipped = settings.rules_folder() / "shared" / CLASSES_FILE
    return {CLASSES_FILE: read_source(own)} if own.is_file() and not own.samefile(shipped) else {}
