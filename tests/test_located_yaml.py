"""Rule files become models that know their lines; what cannot be read is refused with its place."""

import pickle
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AliasChoices, Discriminator, Field, Tag, model_validator

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml import Located, key_names, load
from assessor.located_yaml.faults import UnfitError, one_of
from assessor.located_yaml.source import MAX_BYTES, Source
from assessor.types import Text


class Wire(Located):
    kind: Literal["wire"]
    ends: tuple[str, str]


class Wait(Located):
    kind: Literal["wait"]
    seconds: Annotated[float, Field(gt=0)]


class SwitchIs(Located):
    switch: str
    is_: Literal["on", "off"] = Field(alias="is")


class Not(Located):
    not_: "Condition" = Field(alias="not")


def first_word(value: Any) -> str | None:
    return next(iter(value), None) if isinstance(value, dict) else None


Condition = Annotated[
    Annotated[SwitchIs, Tag("switch")] | Annotated[Not, Tag("not")], Discriminator(first_word)
]


class Recipe(Located):
    """Holds one field of every sort that rule files use."""

    name: str = "x"
    times: int = 1
    live: bool = False
    places: dict[int, tuple[float, float]] = Field(default_factory=dict)
    steps: tuple[Annotated[Wire | Wait, Field(discriminator="kind")], ...] = ()
    when: tuple[Condition, ...] = ()
    either: int | list[float] | None = None
    size: float = Field(1.0, validation_alias=AliasChoices("size", "S"))

    @model_validator(mode="before")
    @classmethod
    def _reshape(cls, raw: Any) -> Any:
        return dict(raw)

    @model_validator(mode="after")
    def _check_times(self) -> "Recipe":
        if self.times == 13:
            raise UnfitError(Text("不是 13", "no 13"), Text("13", "13"))
        if self.times == 14:
            raise ValueError("no 14 either")
        return self


Not.model_rebuild()
Recipe.model_rebuild()

GOOD = """\
name: small
places:
  7: [1, 2.5]
steps:
  - {kind: wire, ends: [A, B]}
  - kind: wait
    seconds: 2
when:
  - not:
      switch: Q1
      is: "off"
"""


def faults_of(source: Source | Path | str) -> tuple[Fault, ...]:
    with pytest.raises(RuleFileError) as caught:
        load(source, Recipe)
    return caught.value.faults


def said(text: str, language: str = "en") -> list[str]:
    return [fault.render(language).removeprefix("<text>:") for fault in faults_of(text)]


def test_reads_a_good_file() -> None:
    recipe = load(GOOD, Recipe)
    assert recipe.places == {7: (1.0, 2.5)}
    assert isinstance(recipe.steps[0], Wire) and recipe.steps[0].ends == ("A", "B")
    assert isinstance(recipe.when[0], Not) and isinstance(recipe.when[0].not_, SwitchIs)
    assert recipe.when[0].not_.is_ == "off"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="windows line ends"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(b"---\n" + GOOD.encode() + b"...\n", id="document marks"),
        pytest.param(GOOD.replace("small", "一号工位").encode(), id="chinese"),
    ],
)
def test_reads_what_editors_write(data: bytes) -> None:
    assert len(load(Source("x.yaml", data), Recipe).steps) == 2


def test_parts_know_their_place() -> None:
    recipe = load(GOOD, Recipe)
    condition = recipe.when[0]
    assert isinstance(condition, Not)
    assert [step.line for step in recipe.steps] == [5, 6]
    assert condition.not_.line == 10
    assert condition.not_.position_of("is") == (11, 11)
    assert recipe.position_of("places", 7, 1) == (3, 10)
    assert recipe.position_of("steps", 1, "seconds") == (7, 14)
    assert recipe.position_of("nowhere") == recipe.position_of()


def test_a_part_places_faults_found_later() -> None:
    step = load(GOOD, Recipe).steps[0]
    fault = step.fault(
        "ends", 1, expected=Text("端子", "a terminal"), came=Text("B", "B"), severity="warning"
    )
    assert fault.render() == "<text>:5:28: warning: steps[0].ends[1]: expected a terminal, got B"
    assert fault.render("zh") == "<text>:5:28: 警告: steps[0].ends[1]: 应为端子，实际为 B"


def test_a_part_made_without_a_file_has_no_line() -> None:
    assert Wire(kind="wire", ends=("A", "B")).line == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "name: 5", '1:7: error: name: expected text, got number 5; write "5" in quotes', id="text"
        ),
        pytest.param(
            "name: true", '1:7: error: name: expected text, got true; write "true" in quotes', id="word"
        ),
        pytest.param(
            'times: "3"',
            "1:8: error: times: expected a whole number, got text '3'; write 3 without quotes",
            id="quoted number",
        ),
        pytest.param(
            "times: 2.0", "1:8: error: times: expected a whole number, got number 2.0", id="fraction"
        ),
        pytest.param(
            "times: true", "1:8: error: times: expected a whole number, got true", id="bool for number"
        ),
        pytest.param(
            "live: 1", "1:7: error: live: expected true or false, got number 1", id="number for bool"
        ),
        pytest.param("times:", "1:1: error: times: expected a whole number, got nothing", id="nothing"),
        pytest.param(
            "either: x", "1:9: error: either: expected a whole number or a list, got text 'x'", id="union"
        ),
        pytest.param("times: 13", "1:1: error: expected no 13, got 13", id="own validator"),
        pytest.param(
            "times: 14", "1:1: error: expected no 14 either, got a block of keys (times)", id="ValueError"
        ),
        pytest.param("S: x", "1:4: error: S: expected a number, got text 'x'", id="second spelling"),
        pytest.param(
            "places: {1: [2]}",
            "1:13: error: places.1: expected a list of 2, got a list of 1",
            id="short tuple",
        ),
        pytest.param(
            "steps: [{kind: wirr}]",
            "1:16: error: steps[0].kind: expected one of: wire, wait, got text 'wirr'; did you mean 'wire'?",
            id="wrong tag",
        ),
        pytest.param(
            "steps: [{ends: [A, B]}]",
            "1:9: error: steps[0]: expected the key 'kind' with one of: wire, wait, "
            "got a block of keys (ends)",
            id="no tag",
        ),
        pytest.param(
            "when: [{swich: Q1}]",
            "1:8: error: when[0]: expected one of: switch, not, got a block of keys (swich); "
            "did you mean 'switch'?",
            id="wrong first word",
        ),
        pytest.param(
            "when: [{not: {switch: Q1, is: onn}}]",
            "1:31: error: when[0].not.is: expected one of: on, off, got text 'onn'; did you mean 'on'?",
            id="value inside nested tags",
        ),
        pytest.param(
            "when: [{switch: Q1, is: on}]",
            "1:25: error: when[0].is: expected a word in quotes, got bare on; "
            'write "on" for the word, true for a boolean',
            id="bare on",
        ),
    ],
)
def test_says_what_is_wrong_and_where(text: str, message: str) -> None:
    assert said(text) == [message]


def test_names_all_faults_at_once_in_the_order_of_the_file() -> None:
    text = "times: x\nname: &a 7\nname: 8\nlive: *a\nsteps: [{kind: wait, seconds: -1}]\nextra: .inf\n"
    assert [line.split(" error: ")[0] for line in said(text)] == [
        "1:8:",
        "2:7:",
        "3:1:",
        "4:7:",
        "5:31:",
        "6:1:",
        "6:8:",
    ]


def test_speaks_chinese() -> None:
    assert said("tims: 2", "zh") == [
        "1:1: 错误: tims: 应为以下之一：name, times, live, places, steps, when, either, size，"
        "实际为键 “tims”；是不是 “times”？"
    ]


def test_a_misspelled_key_is_not_missing_as_well() -> None:
    assert len(said("when: [{switch: Q1, iss: x}]")) == 1


def test_a_long_list_of_words_is_cut() -> None:
    assert one_of(str(i) for i in range(99)).en.endswith("24, ... (99 in all)")


@pytest.mark.fault(57)
def test_a_code_tag_is_refused_and_not_run(tmp_path: Path) -> None:
    owned = tmp_path / "owned"
    faults = faults_of(f"name: small\nlive: !!python/object/apply:os.system ['touch {owned}']\n")
    assert [(fault.line, fault.column, fault.key) for fault in faults] == [(2, 7, "live")]
    assert "!!python/object/apply:os.system" in faults[0].came.en
    assert not owned.exists()


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(3000)), id="aliases"
        ),
        pytest.param("steps: " + "[" * 400_000, id="lists"),
        pytest.param("steps: " + "{a: " * 200_000, id="blocks"),
        pytest.param("- " * 400_000, id="dashes"),
        pytest.param("x" * (MAX_BYTES + 1), id="more than 1 MB"),
        pytest.param("times: " + "9" * 100_000, id="digits"),
    ],
)
def test_a_file_made_to_burst_is_refused_quickly(text: str) -> None:
    start = time.process_time()
    assert faults_of(text)
    assert time.process_time() - start < 5


@pytest.mark.fault(58)
def test_ten_megabytes_on_disk_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# padding\n" * 1_000_000)
    assert "a file of at most 1 MB, got 10000000 bytes" in str(faults_of(path)[0].render())


def test_twenty_levels_are_read() -> None:
    deep = "either: " + "[" * 19 + "]" * 19
    assert "level 21" not in str(said(deep))
    assert "level 21" in str(said("either: " + "[" * 20 + "]" * 20))


@pytest.mark.parametrize(
    ("make", "came"),
    [
        pytest.param(lambda path: path.mkdir(), "a folder", id="folder"),
        pytest.param(lambda path: None, "no such file", id="missing"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, make: Any, came: str) -> None:
    path = tmp_path / "rules.yaml"
    make(path)
    assert faults_of(path)[0].came.en == came


def test_the_error_travels_between_processes() -> None:
    error = RuleFileError(faults_of("times: x"))
    assert pickle.loads(pickle.dumps(error)).faults == error.faults
    assert error.exit_code == 2


def test_key_names_are_those_of_the_file() -> None:
    assert key_names(SwitchIs) == ["switch", "is"]
    assert key_names(Recipe)[-2:] == ["size", "S"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(GOOD)), st.integers(0, 4), st.text(":[]{}&*!#'\"\n -,|>%@?<\t\x00：é0.", max_size=4)
)
def test_a_damaged_file_is_read_or_refused(at: int, cut: int, put: str) -> None:
    read_or_refuse(GOOD[:at] + put + GOOD[at + cut :])


def read_or_refuse(text: str) -> None:
    try:
        load(text, Recipe)
    except RuleFileError as error:
        lines = text.count("\n") + 2
        assert error.faults and all(1 <= fault.line <= lines and fault.column >= 1 for fault in error.faults)
        assert error.render("zh") and error.render("en")
