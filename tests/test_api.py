"""The REST interface over a real store: what it gives out, what it refuses, and in which shape."""

import io
import os
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import THIS_MACHINE, Address, Settings, create_app, hosts_of
from assessor.store import AttemptRecord, Store
from tests.api_site import serving_app
from tests.attempts import build_record, by_shipped, write_evidence
from tests.console_site import EVIL, sign_in_head
from tests.console_site import Site as ServedSite
from tests.contest import build_contest_record
from tests.stores import open_store, ruin

DOCUMENT = Path(__file__).parents[1] / "docs" / "api.md"


@dataclass(frozen=True)
class Site:
    """An app over a store with one attempt in it, whose clips exist."""

    client: httpx.Client
    store: Store
    record: AttemptRecord
    attempt: UUID

    def get(self, path: str, **more: Any) -> Any:
        answer = self.client.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def clip(self) -> str:
        sheet = self.get(f"/v1/attempts/{self.attempt}/marksheet")
        found: str = next(one["clip"] for line in sheet["lines"] for one in line["evidence"])
        return found


@contextmanager
def serving(
    store: Store, names: tuple[str, ...] = THIS_MACHINE, host: str = "127.0.0.1", signed_in: bool = True
) -> Iterator[httpx.Client]:
    """The interface without the console on a real socket, called by the head of a new school or by nobody."""
    with serving_app(create_app(Settings(store, names, console=False)), host) as client:
        if signed_in:
            client.headers["Authorization"] = f"Bearer {sign_in_head(store)}"
        yield client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    record = build_record(student="学号 20260001")
    write_evidence(record, data)
    with open_store(data) as store:
        attempt = store.save_attempt(record)
        with serving(store) as client:
            yield Site(client, store, record, attempt)


def test_the_list_leads_to_every_attempt_page_by_page(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        ids = [str(store.save_attempt(build_record(content=f"{n}"))) for n in range(5)]
        seen: list[str] = []
        query: dict[str, str] = {"limit": "2"}
        with serving(store) as client:
            while True:
                page = client.get("/v1/attempts", params=query).json()
                seen += [item["id"] for item in page["items"]]
                if page["next"] is None:
                    break
                query["cursor"] = page["next"]
    assert seen == ids[::-1]


def test_an_attempt_says_what_was_scored_with_what(site: Site) -> None:
    attempt = site.get(f"/v1/attempts/{site.attempt}")
    assert attempt["recording_names"] == ["start_stop.mp4"]
    assert attempt["procedure_title"] == {
        "zh": "电动机起停控制线路",
        "en": "Motor start-stop control circuit",
    }
    assert (attempt["total"], attempt["possible"], attempt["open_points"]) == (44, 88, 12)
    assert attempt["models"] == dict(site.record.models)


def test_the_mark_sheet_carries_reason_evidence_and_rule_line(site: Site) -> None:
    sheet = site.get(f"/v1/attempts/{site.attempt}/marksheet")
    line = next(line for line in sheet["lines"] if line["item"] == "dead_proof")
    source = site.get(f"/v1/procedures/{sheet['procedure_sha256']}")["source"]
    assert "item: dead_proof" in source.splitlines()[line["line"] - 1]
    assert (line["outcome"], line["awarded"], line["reason"]["en"][:14]) == ("not_met", 0, "The dead state")
    (evidence,) = line["evidence"]
    assert evidence["clip"] == f"/v1/evidence/{evidence['id']}/clip"
    assert site.client.get(evidence["still"]).headers["content-type"] == "image/jpeg"


def test_verdicts_come_with_their_mistakes(site: Site) -> None:
    verdicts = site.get(f"/v1/attempts/{site.attempt}/verdicts")
    assert [one["id"] for one in verdicts] == [one.id for one in site.record.sheet.verdicts]
    wrong = next(one for one in verdicts if one["id"] == "wire_start")
    assert [(one["kind"], one["corrected"]) for one in wrong["mistakes"]] == [("wrong_wire", True)]


def test_vetoes_limits_and_the_pass_mark_come_with_the_sheet(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(build_contest_record())
        with serving(store) as client:
            sheet = client.get(f"/v1/attempts/{attempt}/marksheet").json()
    assert [(one["id"], one["effect"], one["state"]) for one in sheet["vetoes"]] == [
        ("shock", "disqualify", "proposed"),
        ("disturbing", "fail", "refused"),
    ]
    assert sheet["vetoes"][0]["evidence"]["clip"].startswith("/v1/evidence/")
    assert sheet["passed"] is None
    points = {line["item"]: (line["points"], line["awarded"]) for line in sheet["lines"]}
    assert points["site/limit"] == (0, 1)
    assert points["overtime"] == (0, -2)


@pytest.mark.parametrize(
    ("asked", "header", "words"),
    [
        pytest.param("?lang=zh", "en", ["评分表"], id="zh"),
        pytest.param("?lang=en", "zh", ["Mark sheet"], id="en"),
        pytest.param("?lang=both", "", ["评分表", "Mark sheet"], id="both"),
        pytest.param("", "en-GB", ["Mark sheet"], id="as the browser speaks"),
        pytest.param("", "", ["评分表"], id="Chinese first"),
    ],
)
def test_a_sheet_can_be_printed(site: Site, asked: str, header: str, words: list[str]) -> None:
    address = f"/v1/attempts/{site.attempt}/sheet.html{asked}"
    answer = site.client.get(address, headers={"Accept-Language": header})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert all(f">{word}</span>" in answer.text for word in words)
    assert ("评分表" in answer.text) == ("评分表" in words)
    assert "script-src" not in answer.headers["content-security-policy"], "nothing may run in it"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.fault(71)
def test_a_printed_sheet_runs_nothing_a_user_wrote(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(build_record("<script>alert(1)</script>.mp4", "evil", EVIL))
        with serving(store) as client:
            page = client.get(f"/v1/attempts/{attempt}/sheet.html").text
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page


def test_procedures_and_benches_are_listed(site: Site) -> None:
    assert site.get("/v1/procedures")["items"] == [
        {
            "sha256": site.record.procedure.sha256,
            "id": "motor_start_stop",
            "title": {"zh": "电动机起停控制线路", "en": "Motor start-stop control circuit"},
        }
    ]
    assert site.get("/v1/benches") == {
        "items": [{"sha256": site.record.bench.sha256, "name": "trainer_24v"}],
        "next": None,
    }


def test_a_procedure_comes_with_the_rule_sets_it_includes(tmp_path: Path) -> None:
    record = by_shipped(build_record(), "reversing_interlock")
    with open_store(tmp_path) as store:
        store.save_attempt(record)
        with serving(store) as client:
            procedure = client.get(f"/v1/procedures/{record.procedure.sha256}").json()
    assert set(procedure["included"]) == {"../shared/electrical_safety.yaml", "../shared/tidy_5s.yaml"}
    assert "rule_set: tidy_5s" in procedure["included"]["../shared/tidy_5s.yaml"]


@pytest.mark.fault(65)
@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        pytest.param("bytes=0-99", 0, 99, id="beginning"),
        pytest.param("bytes=100-", 100, -1, id="from"),
        pytest.param("bytes=-50", -50, -1, id="tail"),
        pytest.param("bytes=5-5", 5, 5, id="one byte"),
        pytest.param("bytes=10-999999999999", 10, -1, id="beyond the end"),
        pytest.param("bytes=-999999999999", 0, -1, id="longer tail than file"),
    ],
)
def test_a_clip_gives_one_byte_range(site: Site, header: str, first: int, last: int) -> None:
    whole = site.client.get(site.clip()).content
    end = len(whole) if last == -1 else last + 1
    start = first % len(whole)
    part = site.client.get(site.clip(), headers={"Range": header})
    assert (part.status_code, part.content) == (206, whole[start:end])
    assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"
    assert part.headers["content-length"] == str(end - start)
    assert part.headers["content-type"] == "video/mp4"


@pytest.mark.fault(65)
@pytest.mark.parametrize(
    "header",
    [
        pytest.param("bytes=0-1,5-6", id="two"),
        pytest.param("bytes=" + ",".join(f"{n}-{n}" for n in range(40)), id="forty"),
        pytest.param("bytes=9-3", id="backwards"),
        pytest.param("bytes=-", id="empty"),
        pytest.param("bytes=-0", id="tail of nothing"),
        pytest.param("bytes=99999999-", id="after the end"),
        pytest.param("bytes=-1-5", id="negative"),
        pytest.param("lines=0-5", id="other unit"),
        pytest.param("bytes=0x0-0x5", id="hexadecimal"),
        pytest.param("bytes=٠-٥", id="other digits"),
    ],
)
def test_any_other_range_is_416(site: Site, header: str) -> None:
    answer = site.client.get(site.clip(), headers={b"Range": header.encode()})
    size = len(site.client.get(site.clip()).content)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")
    assert answer.json()["text"].keys() == {"zh", "en"}


@pytest.mark.fault(64)
def test_a_link_out_of_the_data_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    record = build_record()
    with open_store(tmp_path / "data") as store:
        attempt = store.save_attempt(record)
        folder = store.data / record.evidence_folder
        folder.mkdir(parents=True)
        with serving(store) as client:
            for evidence, evidence_id in store.evidence_ids(attempt).items():
                os.symlink(secret, folder / str(evidence.clip))
                answer = client.get(f"/v1/evidence/{evidence_id}/clip")
                assert (answer.status_code, b"secret" in answer.content) == (404, False)


@pytest.mark.fault(64)
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/v1/evidence/../../etc/passwd/clip", id="dots"),
        pytest.param("/v1/evidence/%2e%2e%2f%2e%2e%2fetc%2fpasswd/clip", id="encoded"),
        pytest.param("/v1/evidence/%2fetc%2fpasswd/clip", id="absolute"),
        pytest.param("/v1/evidence/..%5c..%5cwindows/clip", id="backslash"),
    ],
)
def test_a_path_in_place_of_an_id_finds_nothing(site: Site, path: str) -> None:
    answer = site.client.get(path)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_clip_that_is_gone_is_a_404_problem(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        attempt = store.save_attempt(build_record())
        evidence_id = next(iter(store.evidence_ids(attempt).values()))
        with serving(store) as client:
            answer = client.get(f"/v1/evidence/{evidence_id}/clip")
    assert (answer.status_code, "data folder" in answer.json()["text"]["en"]) == (404, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(f"/v1/attempts/{uuid4()}", 404, id="unknown attempt"),
        pytest.param(f"/v1/attempts/{uuid4()}/marksheet", 404, id="unknown mark sheet"),
        pytest.param(f"/v1/attempts/{uuid4()}/verdicts", 404, id="unknown verdicts"),
        pytest.param(f"/v1/attempts/{uuid4()}/sheet.html", 404, id="unknown printed sheet"),
        pytest.param(f"/v1/attempts/{uuid4()}/sheet.html?lang=fr", 422, id="language"),
        pytest.param(f"/v1/evidence/{uuid4()}/clip", 404, id="unknown clip"),
        pytest.param(f"/v1/procedures/{'0' * 64}", 404, id="unknown procedure"),
        pytest.param("/v1/nothing/here", 404, id="unknown route"),
        pytest.param("/v1/attempts/1", 422, id="id is no uuid"),
        pytest.param("/v1/procedures/xyz", 422, id="no sha256"),
        pytest.param("/v1/attempts?limit=0", 422, id="limit 0"),
        pytest.param("/v1/attempts?limit=100000", 422, id="limit too high"),
        pytest.param("/v1/attempts?cursor=nonsense", 422, id="cursor"),
        pytest.param("/v1/attempts?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", 422, id="huge cursor"),
    ],
)
def test_every_error_has_one_shape_in_both_languages(site: Site, path: str, status: int) -> None:
    answer = site.client.get(path, headers={"Accept-Language": "en"})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "text", "errors"}
    assert problem["status"] == status
    assert problem["detail"] == problem["text"]["en"]
    chinese = site.client.get(path).json()
    assert chinese["detail"] == chinese["text"]["zh"] != problem["detail"]


@pytest.mark.fault(73)
def test_an_unknown_parameter_is_refused_by_name(site: Site) -> None:
    answer = site.client.get("/v1/attempts?limit=5&total=100")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["where"], fault["text"]["en"]) == ("query.total", "this is not known here; leave it out")
    assert fault["what"] == fault["text"]["zh"] == "不认识这一项，请删去"


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        pytest.param("attempts/1", "应为 UUID 编号", "expected an id (UUID)", id="id"),
        pytest.param(
            "attempts?limit=0", "应为不小于 1 的数", "expected a number of at least 1", id="too low"
        ),
        pytest.param("attempts?limit=x", "应为整数", "expected a whole number", id="no number"),
        pytest.param(
            "procedures/xyz", "格式不符合要求", "the text has not the form that is asked for", id="form"
        ),
        pytest.param("audit/report", "缺少这一项", "this is missing", id="missing"),
    ],
)
def test_what_is_wrong_with_a_value_is_said_in_both_languages(
    site: Site, path: str, zh: str, en: str
) -> None:
    (fault,) = site.client.get(f"/v1/{path}").json()["errors"]
    assert fault["text"] == {"zh": zh, "en": en}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(site: Site, method: str) -> None:
    answer = site.client.request(method, f"/v1/attempts/{site.attempt}")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        pytest.param("POST", "/v1/attempts", 405, "GET", id="post to a list"),
        pytest.param("DELETE", f"/v1/attempts/{UUID(int=0)}", 405, "GET", id="delete"),
        pytest.param("TRACE", "/v1/health", 405, "GET", id="trace"),
        pytest.param("GET", "/v1", 404, None, id="v1 itself"),
        pytest.param("GET", "/v1/", 404, None, id="v1 with a slash"),
        pytest.param("GET", "/v1/nothing/here", 404, None, id="unknown"),
        pytest.param("POST", "/v1/nothing", 404, None, id="post to nothing"),
        pytest.param("GET", "/v1/attempts/", 404, None, id="a list with a slash"),
    ],
)
def test_the_console_takes_no_address_of_the_interface(
    attacked: ServedSite, method: str, path: str, status: int, allow: str | None
) -> None:
    answer = httpx.request(method, attacked.address.rstrip("/") + path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers.get("allow") == allow
    assert answer.json()["status"] == status


def test_health_follows_the_database(site: Site, tmp_path: Path) -> None:
    assert site.get("/v1/health")["status"] == "ok"
    store = open_store(tmp_path)
    store.close()
    ruin(tmp_path)
    with serving(store, signed_in=False) as client:
        answers = [
            client.get("/v1/health"),
            client.get("/v1/attempts", headers={"Authorization": "Bearer as_x"}),
        ]
    assert [(one.status_code, one.json()["title"]) for one in answers] == [(503, "数据暂不可用")] * 2


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    for path in ("/v1/health", "/v1/nothing", site.clip(), "/v1/openapi.json"):
        headers = site.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused(site: Site, host: str) -> None:
    assert site.client.get("/v1/health", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        pytest.param("127.0.0.1", True, id="the address it was reached at"),
        pytest.param("localhost", True, id="localhost"),
        pytest.param(socket.gethostname(), True, id="the machine's name"),
        pytest.param(f"{socket.gethostname()}.local", True, id="its name in the local network"),
        pytest.param("assess.school.example", True, id="a name given"),
        pytest.param("evil.example", False, id="another name"),
        pytest.param("127.0.0.2", False, id="another address"),
        pytest.param("[", False, id="half a bracket"),
        pytest.param("", False, id="none"),
    ],
)
def test_an_open_server_goes_by_its_own_names(tmp_path: Path, host: str, taken: bool) -> None:
    names = hosts_of(Address("0.0.0.0", names=("assess.school.example",)))
    with open_store(tmp_path) as store, serving(store, names, "0.0.0.0") as client:
        answer = client.get("/v1/health", headers={"Host": host})
    assert answer.status_code == (200 if taken else 400)


def test_the_interface_pages_that_need_the_internet_are_off(site: Site) -> None:
    assert site.client.get("/docs").status_code == 404
    assert site.client.get("/redoc").status_code == 404


def test_the_source_that_runs_can_be_had(site: Site) -> None:
    with zipfile.ZipFile(io.BytesIO(site.client.get("/v1/source").content)) as archive:
        assert archive.read("api/app.py") == (Path(__file__).parents[1] / "api" / "app.py").read_bytes()
        packed = set(archive.namelist())
    needed = {"LICENSE", "pyproject.toml", "README.md", "assessor/types.py", "models/manifest.yaml"}
    assert packed >= needed | {"assessor/templates/mark_sheet.html", "rules/benches/trainer_24v.yaml"}
    assert not [name for name in packed if "__pycache__" in name]


def _routes(site: Site) -> dict[str, Any]:
    paths: dict[str, Any] = site.get("/v1/openapi.json")["paths"]
    return paths


def test_openapi_says_what_each_route_answers(site: Site) -> None:
    for path, methods in _routes(site).items():
        for route in methods.values():
            assert route["description"], path
            if path != "/v1/source":
                assert {"422", "503"} <= route["responses"].keys(), path
                assert {"200", "201", "204"} & route["responses"].keys(), path
            for status, answer in route["responses"].items():
                if status >= "400":
                    assert "application/problem+json" in answer["content"], (path, status)


def test_openapi_has_examples(site: Site) -> None:
    schemas = site.get("/v1/openapi.json")["components"]["schemas"]
    assert schemas["Problem"]["examples"]
    for name in ("AttemptOut", "MarkLineOut", "VerdictOut", "MistakeOut", "EvidenceOut", "MarkSheetOut"):
        assert any("examples" in field for field in schemas[name]["properties"].values()), name


def test_the_document_names_every_route(site: Site) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for path in (*_routes(site), "/v1/openapi.json"):
        assert f"`{path}`" in text, path


@pytest.mark.fault(75)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(
        ["/v1/attempts", "/v1/attempts/{}", "/v1/evidence/{}/clip", "/v1/procedures/{}", "/v1/{}"]
    ),
    word=st.text(max_size=40),
    query=st.dictionaries(st.sampled_from(["limit", "cursor", "x"]), st.text(max_size=40), max_size=3),
)
def test_nonsense_is_never_a_fault_of_the_server(
    site: Site, route: str, word: str, query: dict[str, str]
) -> None:
    answer = site.client.get(route.format(quote(word.encode("utf-8", "replace"), safe="")), params=query)
    assert answer.status_code < 500
