"""Board photo → per terminal: is a wire in it, which colour, how sure (read from a rectified patch).

A wire end leaves its terminal outward in one colour; an empty terminal shows a whole screw on the device's
body.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from assessor.bench import Bench
from assessor.geometry import project
from assessor.types import CameraPose, Point
from assessor.vision.wire_colours import COPPER, PROTOTYPES, Array, distance, name_colour, unlikeness

STEP_MM = 0.5
OUTWARD_MM = np.arange(-4, 12.01, STEP_MM)
SIDEWAYS_MM = np.arange(-12, 12.01, STEP_MM)
DIRECTIONS = np.radians(np.arange(-75, 76, 5))  # in which a wire may leave, 0 = straight outward
ON_SCREW_MM, BEHIND_MM, PAST_SCREW_MM = (1.0, 2.6), (-2.6, -1.0), (4.5, 8.5)  # along the wire
CENTRE_MM = (-0.7, 0.0, 0.7)  # across a wire
LEFT_MM, RIGHT_MM = (-4.0, -3.4), (3.4, 4.0)  # just outside a ferrule
TIP_MM = (0.5, 1.8)  # where copper shows that ends soon
LIKE_COPPER = 1.5  # spreads from copper's prototype
SURE_PAST_COPPER = 0.95  # probability from which the colour behind bare copper is told
TIP_CHANGE = 4.0  # a change of colour past the screw that says as much as the insulation's begin does
LAB_WEIGHT = np.array([0.6, 1.0, 1.0], np.float32)  # light and shade vary more than hue


@dataclass(frozen=True, slots=True)
class TerminalReading:
    """What is in one terminal. `at_px`: where it is in the picture; `occupied`: probability; `colours`:
    probability per colour name ("copper" = bare end, the wire's colour is not seen here); `lab`: the
    colour itself."""

    terminal: str
    at_px: Point
    occupied: float
    colours: dict[str, float]
    lab: tuple[float, float, float]

    @property
    def colour(self) -> str | None:
        """The likeliest colour, None where none fits."""
        return max(self.colours, key=lambda c: self.colours[c]) if self.colours else None

    @property
    def bare(self) -> bool:
        """Copper is seen instead of insulation."""
        return self.colour == COPPER


def read_terminal(lab: Array, terminal: str, bench: Bench, pose: CameraPose) -> TerminalReading:
    """Look at one terminal in the full-size Lab picture."""
    looks = _look(rectify(lab, terminal, bench, pose))
    best = int(looks.wire_like.argmax())
    evidence, colour = looks.evidence[best], looks.past[best]
    crossed = int(looks.crossed.argmax())
    if evidence < 0 and looks.crossed[crossed] > evidence:
        evidence, colour = looks.crossed[crossed], looks.on[crossed]
    occupied = float(1 / (1 + np.exp(-2 * evidence)))
    colours = name_colour(colour)
    if looks.bare[best] and max(colours.values(), default=0) < SURE_PAST_COPPER:
        colours = {COPPER: 1.0}  # copper and insulation mixed
    x, y = project([bench.terminals[terminal]], pose, bench.scaled_camera(lab.shape[1], lab.shape[0]))[0]
    lightness, green_red, blue_yellow = (float(v) for v in colour)
    return TerminalReading(
        terminal,
        (float(x), float(y)),
        occupied,
        colours,
        (lightness, green_red, blue_yellow),
    )


def rectify(lab: Array, terminal: str, bench: Bench, pose: CameraPose) -> Array:
    """Patch round a terminal: rows go outward (OUTWARD_MM), columns sideways (SIDEWAYS_MM)."""
    camera = bench.scaled_camera(lab.shape[1], lab.shape[0])
    out = outward_mm(bench, terminal)
    side = np.array([out[1], -out[0], 0.0])
    points = (
        np.array(bench.terminals[terminal], np.float64)
        + OUTWARD_MM[:, None, None] * out
        + SIDEWAYS_MM[None, :, None] * side
    )
    pixels = project(points.reshape(-1, 3), pose, camera).reshape(*points.shape[:2], 2).astype(np.float32)
    return np.asarray(cv2.remap(lab, pixels[..., 0], pixels[..., 1], cv2.INTER_LINEAR), np.float32)


def outward_mm(bench: Bench, terminal: str) -> NDArray[np.float64]:
    """Unit vector (3,) in the bench plane along which a wire leaves the terminal."""
    return np.array([*bench.exit_direction(terminal), 0.0])


class _Looks(NamedTuple):
    """A terminal seen along each direction: colour on and past the screw (n, 3), how much that is like a
    wire (n,), evidence (n,) as half log odds for a wire that runs on, and for one that another wire hides
    past the screw; `bare`: a little copper, then another colour."""

    on: Array
    past: Array
    wire_like: Array
    evidence: Array
    crossed: Array
    bare: NDArray[np.bool_]


def _look(patch: Array) -> _Looks:
    on = _colours(patch, ON_SCREW_MM, CENTRE_MM)
    behind = _colours(patch, BEHIND_MM, CENTRE_MM)
    past = _colours(patch, PAST_SCREW_MM, CENTRE_MM)
    left, right = (_colours(patch, PAST_SCREW_MM, beside) for beside in (LEFT_MM, RIGHT_MM))
    change = _difference(on, past)
    stands_out = np.minimum(_difference(past, left), _difference(past, right))
    half_covered = _difference(on, behind)
    covers = np.minimum((12 - change) / 4, (half_covered + stands_out / 2 - 11) / 3)
    continues = np.minimum((5 - change) / 2, (stands_out - 8) / 3)  # white wire on a white screw
    copper = distance(_colours(patch, TIP_MM, CENTRE_MM), PROTOTYPES[COPPER])
    bare = (copper < LIKE_COPPER) & (change > TIP_CHANGE)
    tipped = np.where(
        bare, np.minimum(4 * (LIKE_COPPER - copper), (half_covered + stands_out / 2 - 11) / 3), -9
    )
    odd = np.maximum(0, unlikeness(past) - 1) ** 2
    crossed = np.minimum((half_covered - 20) / 4, 4 * (1 - unlikeness(on)))
    return _Looks(
        on,
        past,
        wire_like=np.asarray(np.minimum(stands_out, 25) / 2 - np.where(bare, TIP_CHANGE, change), np.float32),
        evidence=np.asarray(np.max([covers, continues, tipped], axis=0) - odd, np.float32),
        crossed=np.asarray(np.where(_like_a_screw(on), -9, crossed), np.float32),
        bare=np.asarray(bare, np.bool_),
    )


def _colours(patch: Array, along_mm: tuple[float, float], across_mm: tuple[float, ...]) -> Array:
    """Median Lab of a strip along each of DIRECTIONS, (n, 3)."""
    along, across = np.meshgrid(np.arange(along_mm[0], along_mm[1] + 0.01, STEP_MM), across_mm)
    cos, sin = np.cos(DIRECTIONS)[:, None], np.sin(DIRECTIONS)[:, None]
    rows = (along.ravel() * cos - across.ravel() * sin - OUTWARD_MM[0]) / STEP_MM
    columns = (along.ravel() * sin + across.ravel() * cos - SIDEWAYS_MM[0]) / STEP_MM
    values = cv2.remap(patch, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(np.median(values, axis=1), np.float32)


def _difference(one: Array, other: Array) -> Array:
    return np.asarray(np.linalg.norm((one - other) * LAB_WEIGHT, axis=-1), np.float32)


def _like_a_screw(lab: Array) -> NDArray[np.bool_]:
    return np.asarray((lab[:, 0] >= 45) & (np.hypot(lab[:, 1], lab[:, 2]) <= 20))
