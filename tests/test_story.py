"""Timelines written by hand: what they say, and every fault in them at once with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessor.errors import RuleFileError
from assessor.located_yaml.source import Source
from assessor.procedure.conditions import WORDS
from assessor.story import VALUES, facts_of, read_story, unasked
from assessor.types import Fact, FactKey, Gap

NOT_OF_THE_BENCH = {"done", "wire_changes", "unplanned_wire"}
JOINING = {"all_of", "any_of", "not", "hold", "once", "always", "becomes", "count"}


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        pytest.param("4 switch Q1 off", Fact(4, FactKey("switch", "Q1"), "off", 1, 4), id="change"),
        pytest.param("7 display mm 0.2 @0.7", Fact(7, FactKey("display", "mm"), "0.2", 0.7, 7), id="unsure"),
        pytest.param("7 display mm -", Fact(7, FactKey("display", "mm"), "", 1, 7), id="blank"),
        pytest.param("8 hand_in live ?", Fact(8, FactKey("hand_in", "live"), None, 1, 8), id="not seen"),
        pytest.param(
            "14..15.2 wire X1.4-S1.14 black",
            Fact(15.2, FactKey("wire", "S1.14-X1.4"), "black", 1, 14),
            id="in between, ends in the usual order",
        ),
        pytest.param(
            "0 wire PS.--X1.5b blue",
            Fact(0, FactKey("wire", "PS.--X1.5b"), "blue", 1, 0),
            id="minus terminal",
        ),
        pytest.param(
            "9 reading insulation_mohm 20",
            Fact(9, FactKey("reading", "insulation_mohm"), "20", 1, 9, "reading"),
            id="reading",
        ),
        pytest.param(
            "12 part_at relay/rail_1 1.8",
            Fact(12, FactKey("part_at", "relay/rail_1"), "1.8", 1, 12),
            id="part",
        ),
        pytest.param(
            "3 pose hand_raised yes", Fact(3, FactKey("pose", "hand_raised"), "yes", 1, 3), id="pose"
        ),
        pytest.param("3 scene - dark", Fact(3, FactKey("scene", ""), "dark", 1, 3), id="scene"),
    ],
)
def test_a_line_is_a_fact(line: str, fact: Fact) -> None:
    assert facts_of([line]) == [fact]


def test_a_file_has_changes_in_any_order_gaps_comments_and_an_end() -> None:
    story = read_story("# a comment\n\n5 switch Q1 on # again\n0 switch Q1 off\ngap 2 3 a passer-by\nend 9\n")
    assert [(fact.t_s, fact.value) for fact in story.facts] == [(0, "off"), (5, "on")]
    assert story.gaps == (Gap(2, 3, "a passer-by"),)
    assert story.end_s == 9


def test_all_faults_are_named_at_once_with_their_places() -> None:
    text = "4 swich Q1 off\n4 switch Q1 of\nx switch Q1 on\n5 wire X1 red\n6 lamp PS on @2\n60 lamp PS on\n"
    with pytest.raises(RuleFileError) as refused:
        read_story(Source("a.timeline", (text + "gap 8 7 why\n8 lamp PS\nend 50\nend 51\n").encode()))
    kinds = ", ".join(VALUES)
    assert str(refused.value).splitlines() == [
        f"a.timeline:1:3: error: expected one of: {kinds}, got 'swich'; did you mean 'switch'?",
        "a.timeline:2:13: error: expected one of: on, off, in, out, ?, got 'of'; did you mean 'off'?",
        "a.timeline:3:1: error: expected a time in seconds such as 15.2 or 14..15.2, got 'x'",
        "a.timeline:4:8: error: expected two terminals such as S1.14-X1.4, got 'X1'",
        "a.timeline:5:14: error: expected a confidence such as @0.8, from 0 to 1, got '@2'",
        "a.timeline:6:1: error: expected a time up to the end, 50, got '60'",
        "a.timeline:7:7: error: expected a time after 8, got '7'",
        "a.timeline:8:1: error: expected TIME KIND SUBJECT VALUE [@CONFIDENCE], got '8'",
        "a.timeline:10:1: error: expected one line 'end TIME' only, got 'end'",
    ]


@pytest.mark.parametrize(
    ("subject", "hint"),
    [
        pytest.param("BAT.pos-BAT.neg", "; write BAT.pos/BAT.neg", id="as a wire"),
        pytest.param("BAT.pos/", "", id="one terminal"),
    ],
)
def test_probed_terminals_are_written_with_a_slash(subject: str, hint: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        read_story(f"3 probing {subject} yes\nend 9")
    expected = "two terminals as A/B, such as X1.1/X1.5"
    assert str(refused.value) == f"<text>:1:11: error: expected {expected}, got '{subject}'{hint}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "expected a line 'end TIME', got none", id="empty"),
        pytest.param(
            "4 switch Q1\nend 9", "expected TIME KIND SUBJECT VALUE [@CONFIDENCE], got '4'", id="short"
        ),
        pytest.param("4 part_at relay 2\nend 9", "expected PART/PLACE such as relay/rail_1", id="no place"),
        pytest.param("4 part_at a/b near\nend 9", "expected a distance in mm such as 1.8 or", id="distance"),
        pytest.param("4 pose hand_raised up\nend 9", "expected one of: yes, no, ?, got 'up'", id="pose"),
        pytest.param("gpa 1 2 x y\nend 9", "got 'gpa'; did you mean 'gap'?", id="misspelled gap"),
        pytest.param("gap 1 2\nend 9", "expected gap FROM TO REASON, got 'gap'", id="gap without reason"),
        pytest.param("5..4 lamp PS on\nend 9", "expected the earlier time first", id="backwards"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        read_story(text)
    assert said in str(refused.value)


def test_faults_are_told_in_chinese() -> None:
    with pytest.raises(RuleFileError) as refused:
        read_story("4 switch Q1 of\nend 9")
    assert refused.value.render("zh").endswith("实际为“of”；是不是 “off”？")


def test_what_the_procedure_never_asks_for_is_a_warning_with_a_hint() -> None:
    story = read_story("1 switch Q11 on\n2 switch Q11 off\n3 wire A.1-B.2 red\nend 9")
    asked = {FactKey("switch", "Q1"), FactKey("wire", "*")}
    (warning,) = unasked(story, asked)
    assert (warning.line, warning.column, warning.severity) == (1, 10, "warning")
    assert warning.hint is not None
    assert "'Q1'" in warning.hint.en


def test_every_word_about_the_bench_can_be_told() -> None:
    assert set(WORDS) - JOINING - NOT_OF_THE_BENCH <= set(VALUES)


@given(st.text(max_size=200))
def test_no_text_gives_anything_but_a_story_or_faults(text: str) -> None:
    try:
        read_story(text)
    except RuleFileError as refused:
        assert refused.faults


def test_an_end_that_comes_too_early_does_not_bury_the_other_faults() -> None:
    lines = [f"{t_s} switch Q1 off" for t_s in range(10, 40)]
    with pytest.raises(RuleFileError) as refused:
        read_story(Source("a.timeline", "\n".join([*lines, "4 lamp PS onn", "end 9"]).encode()))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(31, 11), (32, 5)]
    assert refused.value.faults[1].expected.en == "39 or later, as line 30 says"
