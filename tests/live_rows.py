"""Rows of the access matrix for watched benches: its server watches none; test_live_room.py has one."""

from typing import Any

TEACHERS = "teacher other_teacher head other_head"
WATCHERS = f"{TEACHERS} mentor"
AT_BENCH = f"{WATCHERS} student other_student"

LIVE_ROWS: tuple[dict[str, Any], ...] = (
    {"method": "GET", "path": "/v1/live", "hidden": WATCHERS},
    {"method": "GET", "path": "/v1/live/bench_1", "hidden": AT_BENCH},
    {"method": "GET", "path": "/v1/live/bench_1/picture", "hidden": WATCHERS},
    {"method": "POST", "path": "/v1/live/bench_1/begin", "hidden": TEACHERS, "body": {"student": "1"}},
    {"method": "POST", "path": "/v1/live/bench_1/end", "hidden": TEACHERS},
    {"method": "POST", "path": "/v1/live/bench_1/tell", "hidden": TEACHERS, "body": {"subject": "allowed"}},
    {"method": "POST", "path": "/v1/live/bench_1/hand", "hidden": AT_BENCH, "body": {"up": True}},
    {"method": "POST", "path": "/v1/live-pause", "hidden": TEACHERS, "body": {"on": True}},
)
