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
        counts = fuzz(target, cases=400)
    assert counts.total() >= 400
    operations = {
        f"{method.upper()} {path}" for path, ways in target.document["paths"].items() for method in ways
    }
    assert {name for name, _ in counts} == operations
    assert sum(count for (_, status), count in counts.items() if status == "200") > 20, "some get through"
