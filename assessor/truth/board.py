"""A board photo's truth file → the wires that are really there."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assessor.errors import InputError


class TrueBoardWire(BaseModel):
    """A wire of the real netlist; `fastened` False = an end lies beside its terminal."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    colour: str = Field(alias="color")
    fastened: bool = True

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
