"""What a bench consists of: camera, devices, zones, indicators, as its file has them (mm of the mat)."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from assessor.bench.devices import IndicatorRule, Length, Xyz
from assessor.located_yaml import Located
from assessor.located_yaml.faults import UnfitError
from assessor.types import Text

Row = tuple[float, float, float]
ZoneKind = Literal["panel", "live", "tool_tray", "parts_tray", "other"]
MATRIX = "[[fx, 0, cx], [0, fy, cy], [0, 0, 1]]"
GENERATOR_CAMERA_KEYS = ("location", "target", "hfov_deg", "R", "t_mm")


class CameraModel(Located):
    """Pinhole camera of OpenCV; `distortion` k1, k2, p1, p2, k3, ..., pixel centres at integers.
    `sees_worker`: head, shoulders and arms of who works there show upright in the picture."""

    width: Annotated[int, Field(ge=16, le=16384)]
    height: Annotated[int, Field(ge=16, le=16384)]
    matrix: tuple[Row, Row, Row] = Field(validation_alias=AliasChoices("matrix", "K"))
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    sees_worker: bool = False

    @model_validator(mode="before")
    @classmethod
    def _let_generator_keys_pass(cls, raw: Any) -> Any:
        return without(raw, GENERATOR_CAMERA_KEYS)

    @field_validator("matrix")
    @classmethod
    def _check_matrix(cls, matrix: tuple[Row, Row, Row]) -> tuple[Row, Row, Row]:
        (fx, _, _), (below, fy, _), last = matrix
        if fx <= 0 or fy <= 0 or below != 0 or last != (0, 0, 1):
            raise UnfitError(Text(MATRIX, MATRIX))
        return matrix

    @field_validator("distortion")
    @classmethod
    def _check_distortion(cls, distortion: tuple[float, ...]) -> tuple[float, ...]:
        if len(distortion) not in (4, 5, 8, 12, 14):
            raise UnfitError(
                Text("4、5、8、12 或 14 个畸变系数", "4, 5, 8, 12 or 14 distortion coefficients")
            )
        return distortion


class Device(Located):
    """A device. `at_mm`: middle of its foot; `size_mm`: width, depth, top; `turn_deg`: around z."""

    class_name: str = Field(validation_alias="class")
    at_mm: Xyz = Field(validation_alias="at")
    size_mm: tuple[Length, Length, Length] = Field(validation_alias="size")
    turn_deg: float = Field(default=0.0, validation_alias="turn")
    buttons: dict[str, Xyz] = Field(default_factory=dict)
    actuator_mm: Xyz | None = Field(default=None, validation_alias="actuator")

    def offset(self, place: Xyz) -> tuple[float, float]:
        """A place of the mat as seen from the device: mm from its middle along its own width and depth."""
        return turned(place[0] - self.at_mm[0], place[1] - self.at_mm[1], -self.turn_deg)

    def place(self, offset: Xyz) -> Xyz:
        """A point on the device (mm from `at_mm`) in the mat frame."""
        x, y = turned(offset[0], offset[1], self.turn_deg)
        return self.at_mm[0] + x, self.at_mm[1] + y, self.at_mm[2] + offset[2]

    def distance(self, place: Xyz) -> float:
        """How far outside the device's outline a place lies, in mm; 0 inside."""
        x, y = self.offset(place)
        return math.hypot(max(0.0, abs(x) - self.size_mm[0] / 2), max(0.0, abs(y) - self.size_mm[1] / 2))


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is looked for and may stand anywhere: what the detector calls it, and its shape."""

    detector_class: str
    size_mm: tuple[float, float, float]
    turn_deg: float = 0.0

    def corners(self, foot_mm: Xyz) -> list[Xyz]:
        """The corners of its outline when the middle of its foot is there."""
        width, depth, top = self.size_mm
        flat = [turned(x * width / 2, y * depth / 2, self.turn_deg) for x in (-1, 1) for y in (-1, 1)]
        x, y, z = foot_mm
        return [(x + dx, y + dy, z + dz) for dx, dy in flat for dz in (0.0, top)]


class Zone(Located):
    """An area of the bench at a height above the mat."""

    polygon_mm: Annotated[tuple[tuple[float, float], ...], Field(min_length=3)] = Field(
        validation_alias="polygon"
    )
    height_mm: float = Field(validation_alias="height")
    kind: ZoneKind


@dataclass(frozen=True, slots=True)
class Indicator:
    """Where a device's state shows, in the mat frame. `values`: lever = direction of the bar in degrees (0
    along x, 90 along y); plunger = height of its top, z in mm; otherwise empty."""

    device: str
    kind: str
    look: str
    at_mm: Xyz
    size_mm: tuple[float, float]
    values: dict[str, float]


class BenchIndicator(IndicatorRule):
    """An indicator in a bench file: takes the place of those the device's class has for the same `kind`."""

    device: str


def without(raw: Any, keys: tuple[str, ...]) -> Any:
    """A block of a file less the keys that are let pass."""
    return {key: value for key, value in raw.items() if key not in keys} if isinstance(raw, dict) else raw


def turned(x: float, y: float, degrees: float) -> tuple[float, float]:
    """A vector turned around z."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return x * cos - y * sin, x * sin + y * cos
