"""Time by stage; passing items on loses none of them."""

from assessor.stage_times import StageTimes


def test_every_item_is_passed_on_in_order_and_timed() -> None:
    times = StageTimes()

    assert list(times.each("decode", iter(range(7)))) == list(range(7))
    assert list(times.seconds) == ["decode"]


def test_stage_is_timed_even_when_it_fails() -> None:
    times = StageTimes()
    try:
        with times.stage("judge"):
            raise ValueError
    except ValueError:
        pass

    assert times.seconds["judge"] > 0
