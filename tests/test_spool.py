"""The spool: what was appended is there, in order, once; damage is skipped and told; no number twice."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessor.benchbox.clock import own_clock
from assessor.benchbox.spool import COMPACT_BYTES, FILE, LIMIT_BYTES, Noted, Spool
from assessor.benchbox.spool_file import SpooledEvent
from assessor.benchbox.spool_records import MARK, Damage, Record, packed, records
from assessor.errors import StoreError
from tests.small_disk import on_small_disk
from tests.spools import SetClock, note

ROOT = Path(__file__).parents[1]


def waiting(spool: Spool) -> list[tuple[int, str | None]]:
    return [(event.seq, event.value) for event in spool.batch(10_000).events]


def test_events_come_back_in_their_order_until_they_are_acknowledged(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        assert note(spool, 5) == [1, 2, 3, 4, 5]
        first = spool.batch(3)
        assert [event.seq for event in first.events] == [1, 2, 3]
        assert spool.batch(3) == first, "given again until it is acknowledged"
        spool.acknowledge(first)
        assert waiting(spool) == [(4, "3"), (5, "4")] and spool.state.waiting == 2
    with Spool(tmp_path, own_clock()) as spool:
        assert waiting(spool) == [(4, "3"), (5, "4")] and spool.state.waiting == 2
        assert note(spool, 1) == [6]


def test_what_is_acknowledged_leaves_the_file(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        note(spool, 12_000)
        full = spool.state.size_bytes
        assert full > 2 * COMPACT_BYTES
        while (batch := spool.batch(1000)).events and batch.events[-1].seq < 11_500:
            spool.acknowledge(batch)
        assert spool.state.size_bytes < full / 2
        note(spool, 1, 12_000)
        assert [seq for seq, _ in waiting(spool)][-1] == 12_001
    with Spool(tmp_path, own_clock()) as spool:
        found = waiting(spool)
        assert found == [(n + 1, str(n)) for n in range(found[0][0] - 1, 12_001)]


def test_a_day_fits(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        for number in range(200):
            spool.append(Noted("wire", "X1.4b-KM1.A1", "black", 0.93, 1000.0 + number))
        each = spool.state.size_bytes / 200
    assert each * 200_000 < LIMIT_BYTES / 4, "200,000 events"
    assert each * 24 * 3600 * 2 < LIMIT_BYTES / 4, "24 hours, two a second"


def test_a_spool_at_its_limit_counts_what_it_loses_and_tells(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock(), limit_bytes=4000) as spool:
        numbers = note(spool, 60)
        kept = [number for number in numbers if number is not None]
        assert kept == list(range(1, len(kept) + 1)) and numbers[len(kept) :] == [None] * (60 - len(kept))
        assert spool.state.lost == 60 - len(kept)
        spool.acknowledge(spool.batch(len(kept)))
        spool._limit = 8000
        note(spool, 1, 99)
        told = spool.batch(10).events
        assert [(one.kind, one.subject, one.value) for one in told] == [
            ("spool", "lost", str(60 - len(kept))),
            ("switch", "Q1", "99"),
        ]
        assert spool.state.lost == 0


@pytest.mark.slow
@pytest.mark.fault(28)
def test_a_full_disk_loses_nothing_that_was_kept_and_recovers(tmp_path: Path) -> None:
    found = on_small_disk("spooling", 2, tmp_path)
    assert found["lost"] > 0 and found["told"] == found["lost"]
    assert found["seqs"] == [*found["kept"], found["after"]]


def test_only_one_process_writes(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()), pytest.raises(StoreError, match="another process does"):
        Spool(tmp_path, own_clock())


# ---- damage ----------------------------------------------------------------------------


@pytest.mark.fault(35)
def test_a_torn_last_record_is_skipped_and_its_number_not_given_again(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        note(spool, 10)
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:-7])
    with Spool(tmp_path, own_clock()) as spool:
        assert waiting(spool)[:9] == [(n + 1, str(n)) for n in range(9)]
        told = spool.batch(100).events[9]
        assert (told.kind, told.subject) == ("spool", "damaged") and told.seq > 10
        assert spool.state.damaged > 0
        assert note(spool, 1) == [told.seq + 1]
    with Spool(tmp_path, own_clock()) as spool:
        assert spool.state.damaged == 0, "told once"


@pytest.mark.fault(35)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_damage_costs_the_records_it_hits_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance, folder = random.Random(seed), tmp_path_factory.mktemp("spool")
    with Spool(folder, own_clock()) as spool:
        note(spool, 40)
        spool.meet(0)
        spool.acknowledge(spool.batch(chance.randint(1, 20)))
        before = waiting(spool)
    file = folder / FILE
    data = bytearray(file.read_bytes())
    whole = {record.at: record.end for record in records(bytes(data)) if isinstance(record, Record)}
    hit = sorted(chance.sample(range(len(data)), chance.randint(1, 4)))
    for at in hit:
        data[at] ^= chance.randint(1, 255)
    file.write_bytes(data)
    harmed = sum(any(at <= one < end for one in hit) for at, end in whole.items())
    with Spool(folder, own_clock()) as spool:
        assert spool.state.damaged > 0
        found = [event for event in spool.batch(1000).events if event.kind == "switch"]
        left = {(event.seq, event.value) for event in found}
        assert len(set(before) - left) <= harmed
        assert [event.seq for event in found] == sorted(event.seq for event in found)
        assert (note(spool, 1)[0] or 0) > 40


def test_a_mark_inside_of_damage_is_not_taken_for_a_record() -> None:
    good = packed({"seq": 1})
    found = list(records(b"xx" + MARK + b"\xff" * 20 + good + MARK))
    assert [type(one) for one in found] == [Damage, Record, Damage]


@pytest.mark.fault(35)
def test_the_number_of_a_damaged_last_event_is_not_given_again_behind_an_answer(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        spool.meet(0)
        note(spool, 3)
        spool.acknowledge(spool.batch(1))
    file = tmp_path / FILE
    data = bytearray(file.read_bytes())
    last = next(one for one in records(bytes(data)) if isinstance(one, Record) and b'"seq":3' in one.text)
    data[last.at + 20] ^= 1
    file.write_bytes(data)
    with Spool(tmp_path, own_clock()) as spool:
        assert next(seq for seq, _ in waiting(spool)) == 2
        assert (note(spool, 1)[0] or 0) > 4, "3 may be known to the server, the next tells of the damage"


@pytest.mark.fault(35)
def test_a_spool_whose_answers_are_damaged_does_not_begin_anew(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        spool.meet(0)
        note(spool, 3)
    file = tmp_path / FILE
    data = bytearray(file.read_bytes())
    data[20] ^= 1
    file.write_bytes(data)
    with Spool(tmp_path, own_clock()) as spool:
        spool.meet(3)
        assert [seq for seq, _ in waiting(spool)][:3] == [1, 2, 3]


def test_text_of_any_kind_comes_back(tmp_path: Path) -> None:
    strange = "工位 \ud7ff \x7f \"' \\ " + "é" * 100
    with Spool(tmp_path, own_clock()) as spool:
        spool.append(Noted("说", strange, None, 0.25))
        event = spool.batch(1).events[0]
    assert (event.kind, event.subject, event.value, event.confidence) == ("说", strange, None, 0.25)


# ---- killed ----------------------------------------------------------------------------

APPEND = """
import sys
from pathlib import Path
from assessor.benchbox.clock import own_clock
from assessor.benchbox.spool import Noted, Spool
with Spool(Path(sys.argv[1]), own_clock()) as spool:
    while True:
        number = spool.append(Noted("switch", "Q1", "on"))
        if number % 700 == 0:
            spool.acknowledge(spool.batch(500))
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
"""


@pytest.mark.slow
@pytest.mark.fault(34)
def test_a_killed_process_loses_no_event_and_gives_no_number_twice(tmp_path: Path) -> None:
    chance, last = random.Random(34), 0
    for _ in range(6):
        command = [sys.executable, "-c", APPEND, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) > last
            seen = [int(process.stdout.readline()) for _ in range(chance.randint(1, 4000))]
            process.send_signal(signal.SIGKILL)
            seen += [int(line) for line in process.stdout if line.endswith("\n")]
        with Spool(tmp_path, own_clock()) as spool:
            seqs = [event.seq for event in spool.batch(10**6).events]
            last = seqs[-1]
            assert last >= seen[-1] and spool.state.waiting == len(seqs)
            assert seqs == list(range(seqs[0], last + 1))


# ---- clocks ----------------------------------------------------------------------------


@pytest.mark.fault(40)
@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_a_wall_clock_that_is_set_changes_no_order_and_is_told(tmp_path: Path, jump_s: float) -> None:
    given = SetClock()
    with Spool(tmp_path, given.clock) as spool:
        note(spool, 2)
        given.pass_s(10)
        given.utc += jump_s
        note(spool, 2, 2)
        events = spool.batch(10).events
    assert [event.value for event in events] == ["0", "1", f"{jump_s:+.1f} s", "2", "3"]
    assert [(one.kind, one.subject) for one in events][2] == ("clock", "jump")
    assert [event.t_s for event in events] == [100, 100, 110, 110, 110]
    assert events[-1].utc_s - events[0].utc_s == pytest.approx(10 + jump_s)


def test_a_jump_while_nobody_ran_is_told_too(tmp_path: Path) -> None:
    given = SetClock()
    with Spool(tmp_path, given.clock) as spool:
        note(spool, 1)
    given.utc += 50
    with Spool(tmp_path, given.clock) as spool:
        note(spool, 1, 1)
        assert [event.subject for event in spool.batch(10).events] == ["Q1", "jump", "Q1"]


# ---- the server's numbers --------------------------------------------------------------


def test_a_new_spool_numbers_on_from_what_the_server_knows(tmp_path: Path) -> None:
    with Spool(tmp_path, own_clock()) as spool:
        note(spool, 3)
        spool.meet(500)
        assert waiting(spool) == [(501, "0"), (502, "1"), (503, "2")]
        assert note(spool, 1, 3) == [504]
        spool.meet(501)
        assert waiting(spool)[0] == (501, "0"), "the server took an event and its answer was lost"
    with Spool(tmp_path, own_clock()) as spool:
        spool.meet(900)
        assert waiting(spool)[0] == (501, "0") and note(spool, 1, 4) == [901]


def test_every_event_says_when_it_happened(tmp_path: Path) -> None:
    given = SetClock()
    with Spool(tmp_path, given.clock) as spool:
        spool.append(Noted("switch", "Q1", t_s=97.5))
        assert spool.batch(1).events == (
            SpooledEvent(1, "boot", 97.5, 1_799_999_997.5, "switch", "Q1", None, 1.0),
        )
    assert os.path.getsize(tmp_path / FILE) < 200
