"""Generated requests to every operation: no fault of the server, no status but those documented."""

from pathlib import Path

import pytest

from tests.fuzzed_api import fuzz, serving_school


@pytest.mark.slow
@pytest.mark.fault(73)
@pytest.mark.fault(75)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_generated_requests_never_make_the_server_fail(tmp_path: Path) -> None:
    with serving_school(tmp_path) as target:
        statuses = fuzz(target, cases=400)
    assert sum(statuses.values()) > 200
    assert statuses["200"] > 20, "some requests must get through"
