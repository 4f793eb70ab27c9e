"""What is told of a camera, by the second: every state from synthetic pictures, no camera, no clock."""

import cv2
import numpy as np
import pytest

from assessor.camera.live import Look, Spoilt
from assessor.classroom.backoff import STEPS_S, BackOff
from assessor.classroom.health import CameraState, Health
from assessor.classroom.words import LOST, STATES, said, what_to_do
from assessor.sheet_words import word
from assessor.types import Gap, Outcome
from tests.build import END_S, by_the_book, judged

GOOD = Look(120.0, 40.0, 0.01, 0.5)
FROZEN = Look(120.0, 40.0, 0.01, 0.0)
BLACK, FLAT, WHITE = Look(3.0, 1.0, 0.0, 0.3), Look(90.0, 2.0, 0.0, 0.3), Look(253.0, 6.0, 0.97, 0.3)


def watched(until_s: float = 20.0, fps: float = 10.0) -> Health:
    """A camera that has been fine until then."""
    health = Health()
    health.opened(0.0)
    feed(health, GOOD, 0.1, until_s, fps)
    return health


def feed(health: Health, look: Look, start_s: float, end_s: float, fps: float = 10.0) -> float | None:
    """Pictures of one look; gives when the state first was another than live."""
    first = None
    for number in range(round((end_s - start_s) * fps) + 1):
        t_s = round(start_s + number / fps, 3)
        health.saw(look, t_s)
        if first is None and health.at(t_s).state is not CameraState.LIVE:
            first = t_s
    return first


def test_a_camera_is_starting_until_its_first_picture() -> None:
    health = Health()
    assert health.at(1.0).state is CameraState.STARTING
    feed(health, GOOD, 1.5, 3.0)
    assert health.at(3.0).state is CameraState.LIVE
    assert health.gaps(0.0, 3.0) == (Gap(0.0, 1.5, "starting"),)


@pytest.mark.parametrize(
    ("look", "state", "within_s"),
    [
        pytest.param(FROZEN, CameraState.FROZEN, 10.0, id="frozen", marks=pytest.mark.fault(4)),
        pytest.param(BLACK, CameraState.COVERED, 5.0, id="black", marks=pytest.mark.fault(5)),
        pytest.param(FLAT, CameraState.COVERED, 5.0, id="covered", marks=pytest.mark.fault(5)),
        pytest.param(WHITE, CameraState.OVEREXPOSED, 5.0, id="overexposed", marks=pytest.mark.fault(5)),
    ],
)
def test_unfit_pictures_are_told_in_time_and_are_a_gap_from_their_beginning(
    look: Look, state: CameraState, within_s: float
) -> None:
    health = watched(20.0)
    told_s = feed(health, look, 20.1, 35.0)
    assert told_s is not None
    assert told_s - 20.1 <= within_s
    assert health.at(35.0).state is state
    feed(health, GOOD, 35.1, 40.0)
    assert health.at(40.0).state is CameraState.LIVE
    (gap,) = health.gaps(1.0, 40.0)
    assert gap.reason == state.value
    assert gap.start_s == pytest.approx(20.0, abs=0.11)
    assert gap.end_s == pytest.approx(35.1, abs=0.11)


@pytest.mark.fault(2)
def test_silence_is_told_after_three_seconds_without_any_call() -> None:
    health = watched(20.0)
    assert health.at(22.9).state is CameraState.LIVE
    assert health.at(23.0).state is CameraState.STALLED
    assert health.gaps(1.0, 30.0) == (Gap(20.0, 30.0, "stalled"),)


@pytest.mark.fault(1)
def test_a_loss_that_began_as_silence_is_one_gap() -> None:
    health = watched(20.0)
    health.at(23.5)
    health.lost("silent", 24.0)
    health.lost("refused", 25.0)
    assert health.at(26.0).about == "refused"
    health.opened(30.0)
    health.saw(GOOD, 30.2)
    assert health.at(30.3).state is CameraState.LIVE
    assert health.gaps(1.0, 31.0) == (Gap(20.0, 30.2, "offline"),)


@pytest.mark.fault(7)
def test_damaged_pictures_alone_are_a_gap_after_a_second_and_a_few_among_good_ones_are_none() -> None:
    health = watched(20.0)
    for number in range(1, 40):
        health.saw_damaged(Spoilt("cut"), 20.0 + number / 10)
        told = health.at(20.0 + number / 10).state
        assert told is (CameraState.LIVE if number < 11 else CameraState.CORRUPT)
    assert health.spoilt == 39
    feed(health, GOOD, 24.0, 30.0)
    for number in range(20):
        health.saw_damaged(Spoilt("cut"), 30.05 + number / 5)
        health.saw(GOOD, 30.15 + number / 5)
    assert health.gaps(1.0, 40.0) == (Gap(20.0, 24.0, "corrupt"),)


@pytest.mark.fault(7)
def test_a_camera_that_only_ever_sends_damage_is_told_whatever_was_told_before() -> None:
    fresh, back = Health(), watched(20.0)
    back.lost("refused", 21.0)
    for health in (fresh, back):
        health.opened(30.0)
        for number in range(15):
            health.saw_damaged(Spoilt("cut"), 30.0 + number / 10)
        assert health.at(31.4).state is CameraState.CORRUPT
        health.lost("ended", 32.0)
        assert told(health, 33.0) == (CameraState.OFFLINE, "ended")


@pytest.mark.fault(9)
def test_too_few_pictures_a_second_are_a_gap_and_a_burst_is_none() -> None:
    health = watched(20.0, fps=60.0)
    assert health.fps_at(20.0) == pytest.approx(60, abs=1)
    told_s = feed(health, GOOD, 21.0, 40.0, fps=1.0)
    assert told_s is not None
    assert told_s <= 26.0
    assert health.at(40.0).state is CameraState.SLOW
    assert health.fps_at(40.0) == pytest.approx(1.0, abs=0.2)
    feed(health, GOOD, 40.1, 44.0)
    assert health.at(44.0).state is CameraState.LIVE
    (gap,) = health.gaps(1.0, 44.0)
    assert (gap.reason, gap.start_s <= 21.0, gap.end_s < 42.0) == ("slow", True, True)


@pytest.mark.fault(11)
def test_another_benchs_camera_and_a_knock_are_gaps_until_they_are_put_right() -> None:
    health = watched(20.0)
    health.aimed(CameraState.WRONG_CAMERA, 20.0, "bench_9")
    feed(health, GOOD, 20.1, 22.0)
    assert said(*told(health, 22.0)).en == "it shows the bench bench_9"
    feed(health, GOOD, 22.1, 23.0)
    health.aimed(CameraState.MOVED, 23.0)
    assert told(health, 23.0)[0] is CameraState.MOVED
    feed(health, GOOD, 23.1, 25.0)
    health.aimed(CameraState.LIVE, 25.0)
    reasons = [(gap.reason, gap.start_s, gap.end_s) for gap in health.gaps(1.0, 25.0)]
    assert reasons == [("wrong_camera", 20.0, 23.0), ("moved", 23.0, 25.0)]


def told(health: Health, t_s: float) -> tuple[CameraState, str]:
    found = health.at(t_s)
    return found.state, found.about


def test_gaps_are_cut_to_what_is_asked_for() -> None:
    health = watched(20.0)
    health.lost("refused", 21.0)
    assert health.gaps(22.0, 25.0) == (Gap(22.0, 25.0, "offline"),)
    assert health.gaps(5.0, 15.0) == ()


@pytest.mark.parametrize("code", sorted(LOST))
@pytest.mark.fault(14)
def test_every_loss_says_what_it_is_and_what_to_do_in_both_languages(code: str) -> None:
    words, todo = said(CameraState.OFFLINE, code), what_to_do(CameraState.OFFLINE, code)
    assert all((words.zh, words.en, todo.zh, todo.en))
    others = {said(CameraState.OFFLINE, other).en for other in LOST if other != code}
    assert words.en not in others
    assert "{" not in words.en + words.zh


def test_every_state_has_words() -> None:
    assert set(STATES) == set(CameraState)


@pytest.mark.parametrize("state", [state for state in CameraState if state is not CameraState.LIVE])
def test_every_gap_can_be_shown_on_a_mark_sheet(state: CameraState) -> None:
    assert word("gap", state.value).zh != state.value  # where there are no words, the key is shown


@pytest.mark.fault(1)
def test_what_happens_in_a_gap_is_not_observed_and_never_not_met() -> None:
    """Half of the attempt is not seen: without the gap the steps of that half count as left out."""
    health = watched(12.0)
    health.lost("refused", 13.0)
    gaps = health.gaps(1.0, END_S)
    seen = [line for line in by_the_book() if float(line.split()[0]) < gaps[0].start_s]
    assert Outcome.NOT_MET in {verdict.outcome for verdict in judged(seen).values()}
    told = {verdict.outcome for verdict in judged(seen, gaps=gaps).values()}
    assert Outcome.NOT_MET not in told
    assert Outcome.NOT_OBSERVED in told


@pytest.mark.fault(12)
def test_a_full_usb_bus_is_named() -> None:
    assert said(CameraState.OFFLINE, "no_bandwidth usb2").en == "the USB bus usb2 has no bandwidth left"
    assert said(CameraState.OFFLINE, "no_bandwidth").en == "the USB bus has no bandwidth left"
    assert "smaller size" in what_to_do(CameraState.OFFLINE, "no_bandwidth usb2").en


@pytest.mark.fault(1)
def test_a_lost_camera_is_tried_ever_later_and_never_in_step() -> None:
    one, other = BackOff(), BackOff()
    waits = [[backoff.wait_s("refused", 0, 0.0) for _ in range(8)] for backoff in (one, other)]
    for mine, step in zip(waits[0], (*STEPS_S, 30.0, 30.0), strict=True):
        assert 0.8 * step <= mine <= 1.2 * step
    assert waits[0] != waits[1]
    assert one.wait_s("ended", 300, 20.0) <= 1.2  # it was back for a while: soon again


@pytest.mark.fault(14)
def test_a_refused_password_is_tried_slowly_from_the_first_time() -> None:
    assert BackOff().wait_s("unauthorised", 0, 0.0) >= 24


@pytest.mark.fault(8)
def test_another_size_is_opened_at_once_but_not_for_ever() -> None:
    backoff = BackOff()
    assert backoff.wait_s("resized", 5, 1.0) == 0.0
    assert backoff.wait_s("resized", 5, 1.0) > 0.5


@pytest.mark.fault(23)
def test_a_crash_loop_opens_the_circuit_and_a_picture_closes_it() -> None:
    backoff = BackOff()
    waits = [backoff.wait_s("crashed", 0, 0.0) for _ in range(5)]
    assert backoff.is_open
    assert waits[-1] >= 48
    backoff.wait_s("crashed", 3, 0.5)
    assert not backoff.is_open


@pytest.mark.fault(18)
def test_a_capture_that_is_killed_fifty_times_while_it_works_is_never_given_up() -> None:
    backoff = BackOff()
    waits = [backoff.wait_s("crashed", 3, 0.2) for _ in range(50)]
    assert not backoff.is_open
    assert max(waits) <= 1.2


@pytest.mark.fault(5)
@pytest.mark.parametrize(
    ("image", "state"),
    [
        pytest.param(np.zeros((360, 640, 3), np.uint8), CameraState.COVERED, id="black"),
        pytest.param(np.full((360, 640, 3), 255, np.uint8), CameraState.OVEREXPOSED, id="white"),
        pytest.param(np.full((360, 640, 3), (40, 60, 90), np.uint8), CameraState.COVERED, id="a hand on it"),
    ],
)
def test_real_pictures_of_a_covered_lens(image: np.ndarray, state: CameraState) -> None:
    noise = np.random.default_rng(3).normal(0, 2, image.shape)
    noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
    grey = cv2.cvtColor(noisy, cv2.COLOR_BGR2GRAY)
    look = Look(float(grey.mean()), float(grey.std()), float((noisy[..., 1] >= 250).mean()), 0.5)
    health = watched(20.0)
    feed(health, look, 20.1, 25.0)
    assert health.at(25.0).state is state
