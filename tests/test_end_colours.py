"""Colours of wires that bend away, throw shadows or lie beside a blade, from pixels like those seen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from assessor.vision.end_colours import colour_that_came, front_points

Array = NDArray[np.float32]
HOUSING, BLUE_HOUSING = (66.0, 0.0, 2.0), (45.0, 8.0, -38.0)
RED, RED_EDGE, BLACK, BLADE = (40.0, 48.0, 28.0), (37.0, 24.0, 12.0), (18.0, 1.0, 1.0), (41.0, 1.0, -2.0)
BROWN, WARM_BLACK = (31.0, 12.0, 15.0), (24.0, 3.0, 9.0)
COUNT = len(front_points((0.0, 0.0, 50.0), (0.0, -1.0)))


def front(ground: tuple[float, ...], *parts: tuple[int, tuple[float, ...]]) -> Array:
    """Pixels in front of a terminal: so many of each colour, the ground behind them."""
    pixels = [colour for count, colour in parts for _ in range(count)]
    return np.array(pixels + [ground] * (COUNT - len(pixels)), np.float32)


def shaded(ground: tuple[float, ...], share: float) -> tuple[float, ...]:
    """The ground in the shade."""
    return tuple(share * value for value in ground)


@pytest.mark.parametrize(
    ("parts", "colour"),
    [
        pytest.param(
            [(14, RED), (12, RED_EDGE), (15, shaded(HOUSING, 0.7))], "red", id="thin, with brown edges"
        ),
        pytest.param([(20, BROWN), (15, shaded(HOUSING, 0.7))], "brown", id="brown stays brown"),
        pytest.param([(14, BLACK), (20, BLADE)], "black", id="black beside a blade"),
        pytest.param([(20, WARM_BLACK)], "black", id="black in warm shade"),
        pytest.param([(25, BLADE)], None, id="a blade alone"),
        pytest.param([(40, shaded(HOUSING, 0.6))], None, id="shade alone"),
        pytest.param([(5, RED)], None, id="too little of it"),
    ],
)
def test_colour_is_that_of_the_insulation(
    parts: list[tuple[int, tuple[float, ...]]], colour: str | None
) -> None:
    assert colour_that_came(front(HOUSING, *parts), front(HOUSING))[0] == colour


def test_shade_on_a_coloured_housing_is_no_wire_of_its_colour() -> None:
    now = front(BLUE_HOUSING, (30, BLACK), (40, shaded(BLUE_HOUSING, 0.6)))

    assert colour_that_came(now, front(BLUE_HOUSING))[0] == "black"


def test_what_might_be_either_is_less_sure() -> None:
    clear = colour_that_came(front(HOUSING, (30, RED)), front(HOUSING))[1]
    mixed = colour_that_came(front(HOUSING, (14, RED), (20, BROWN)), front(HOUSING))[1]

    assert mixed < 0.9 < clear
