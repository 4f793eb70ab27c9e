"""What the API takes about watched benches; unknown fields are refused."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

from api.schemas import In

NAME = "^[a-z][a-z0-9_]*$"
SeatName = Annotated[str, Path(pattern=NAME, max_length=40, description="A bench of the classroom file.")]
Student = Annotated[str, Field(min_length=1, max_length=100, examples=["20260107"], pattern=r"^[^\x00]*$")]


class BeginIn(In):
    """Whose attempt it is."""

    student: Student | None = None


class TellIn(In):
    """What a person says of something that the procedure asks for."""

    subject: Annotated[str, Field(pattern=NAME, max_length=60, examples=["power_on_allowed"])]
    value: Annotated[str, Field(pattern="^[a-z0-9_]+$", max_length=60)] = "yes"


class HandIn(In):
    """Whether the teacher is asked for."""

    up: bool = Field(examples=[True])


class PauseIn(In):
    """Whether the class is stopped."""

    on: bool = Field(examples=[True])
