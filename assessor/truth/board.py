"""A board photo's truth file → the wires that are really there."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assessor.errors import InputError


class TrueBoardWire(BaseModel):
    """A wire of the real netlist; `fastened` False = an end (`loose_end`: "from" or "to") lies beside its
    terminal. `bare_mm`: bare copper, by end, where it is more than a terminal hides."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    colour: str = Field(alias="color")
    fastened: bool = True
    loose_end: str | None = None
    bare_mm: dict[str, float] = {}

    @property
    def copper_mm(self) -> tuple[float, float]:
        """Bare copper at its start and its end."""
        return self.bare_mm.get("from", 0.0), self.bare_mm.get("to", 0.0)

    @property
    def fastened_end(self) -> str:
        """Of a wire with a loose end, the terminal that holds the other one."""
        return self.end if self.loose_end == "from" else self.start

    @property
    def ends(self) -> frozenset[str]:
        """Both terminals, in any order."""
        return frozenset((self.start, self.end))


class BoardTruth(BaseModel):
    """The truth of one photo."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    netlist: tuple[TrueBoardWire, ...]


def read_board_truth(path: Path) -> BoardTruth:
    """Read a truth file. InputError when it is none."""
    try:
        return BoardTruth.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as fault:
        first = str(fault).splitlines()[0]
        raise InputError(
            f"{path.name!r}: expected the truth of a board photo as samples/README.md describes it, "
            f"got: {first}; give a folder that the generator wrote"
        ) from None
