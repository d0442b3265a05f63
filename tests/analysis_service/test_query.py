"""The proxy before a real Prometheus that holds two patients' series: what each role is answered."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import httpx2
import pytest
from sqlalchemy import select

from analysis_service.audit.rows import entry_of
from analysis_service.audit.tables import AuditEntryRow
from chevet.remote_write import encode, series
from tests.analysis_service.carers import ANNE, NURSE, Carers
from tests.analysis_service.conftest import HEART_RATE as HR
from tests.analysis_service.conftest import Service

BASE = "/prometheus/api/v1"
PATHS = ("query", "query_range", "series", "labels", "label/patient/values", "metadata")


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """No table of its own is looked at."""
    return on_sqlite


@dataclass
class Proxy:
    """Two patients' heart rates and alerts, and what a gateway says of itself; of the patients one has a dossier."""

    service: Service
    own: str
    foreign: str

    async def ask(self, path: str, role: str = "nurse", post: bool = False, **given: object) -> httpx2.Response:
        client, headers = self.service.client, self.service.as_(role)
        given = {name.replace("match", "match[]"): value for name, value in given.items()}
        if post:
            return await client.post(f"{BASE}/{path}", data=given, headers=headers)
        return await client.get(f"{BASE}/{path}", params=given, headers=headers)

    async def data(self, path: str, role: str = "nurse", **given: object) -> object:
        answer = await self.ask(path, role, **given)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "success"
        assert role == "sre" or self.foreign not in answer.text
        return answer.json()["data"]

    async def refusal(self, path: str, role: str = "nurse", status: int = 400, **given: object) -> dict[str, str]:
        answer = await self.ask(path, role, **given)
        assert answer.status_code == status, answer.text
        assert set(answer.json()) == {"status", "errorType", "error"}
        assert answer.json()["status"] == "error"
        assert self.foreign not in answer.text
        return answer.json()


@pytest.fixture
async def proxy(service: Service) -> Proxy:
    own, now = await service.patient("Marie Lefèvre"), service.clock() - 5_000
    foreign = f"p{service.gateway[2:]}ffffffff"
    many = [
        series(HR, {"gateway": f"{service.gateway}-{patient}", "device": "d1", "patient": patient}, (now, value))
        for patient, value in ((own, 71.0), (foreign, 133.0))
    ]
    for patient, kind in ((own, "clinical"), (foreign, "clinical"), (foreign, "technical"), ("", "technical")):
        labels = {"alertname": "A", "kind": kind, "gateway": service.gateway} | (
            {"patient": patient} if patient else {}
        )
        many.append(series("ALERTS", labels, (now, 1.0)))
    many.append(series("chevet_journal_rows", {"gateway": service.gateway, "state": "unsent"}, (now, 5.0)))
    many.append(series("chevet_journal_rows", {"gateway": service.gateway, "patient": foreign}, (now, 6.0)))
    await service.client._transport.app.state.store.write(encode(many))
    return Proxy(service, own, foreign)


def metrics(data: dict) -> list[dict[str, str]]:
    return [one["metric"] for one in data["result"]]


@pytest.mark.parametrize("role", ["nurse", "doctor"])
@pytest.mark.parametrize("post", [False, True], ids=["get", "post"])
async def test_a_care_team_sees_its_patients_by_name_and_no_other(proxy: Proxy, role: str, post: bool) -> None:
    (one,) = (await proxy.data("query", role, query=HR, post=post))["result"]
    assert one["metric"]["patient"] == proxy.own
    assert one["metric"]["display_name"] == "Marie Lefèvre"
    assert one["value"][1] == "71"


async def test_a_stretch_of_time_holds_the_same_patients(proxy: Proxy) -> None:
    now = time.time()
    (one,) = (await proxy.data("query_range", query=HR, start=now - 60, end=now + 60, step="15s"))["result"]
    assert one["metric"]["display_name"] == "Marie Lefèvre"
    assert {value for _, value in one["values"]} == {"71"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("count({hr})", "1"),
        ("max({hr})", "71"),
        ("sum({hr} or {hr} offset 1s)", "71"),
        ('count({hr}{{patient!="{own}"}}) or vector(0)', "0"),
        ('count({hr}{{patient=~".+"}})', "1"),
        ("max(max_over_time({hr}[1h]))", "71"),
        ("max(max_over_time(({hr})[10m:1s]))", "71"),
        ("count(ALERTS)", "1"),
        ("1 + 1", "2"),
    ],
)
async def test_no_value_comes_of_a_foreign_patient(proxy: Proxy, expression: str, value: str) -> None:
    data = await proxy.data("query", query=expression.format(hr=HR, own=proxy.own))
    found = data["result"] if data["resultType"] == "scalar" else data["result"][0]["value"]
    assert found[1] == value


async def test_absent_says_nothing_of_a_foreign_patient(proxy: Proxy) -> None:
    (one,) = metrics(await proxy.data("query", query=f'absent({HR}{{patient=~"{proxy.foreign}"}})'))
    assert one == {}


async def test_a_name_stands_only_with_whom_it_belongs_to(proxy: Proxy) -> None:
    assert metrics(await proxy.data("query", query=f"sum by (gateway) ({HR})")) == [
        {"gateway": f"{proxy.service.gateway}-{proxy.own}"}
    ]


async def test_series_labels_and_values_are_of_own_patients(proxy: Proxy) -> None:
    gateway, own = proxy.service.gateway, proxy.own
    assert await proxy.data("series", match=HR) == [
        {
            "__name__": HR,
            "device": "d1",
            "display_name": "Marie Lefèvre",
            "gateway": f"{gateway}-{own}",
            "patient": own,
        }
    ]
    assert await proxy.data("label/patient/values") == [own]
    assert await proxy.data("label/patient/values", match=f"{HR}") == [own]
    assert await proxy.data("label/gateway/values", match=HR) == [f"{gateway}-{own}"]
    assert await proxy.data("label/__name__/values") == ["ALERTS", HR]
    assert await proxy.data("label/display_name/values") == ["Marie Lefèvre"]
    assert await proxy.data("labels", match=HR) == ["__name__", "device", "display_name", "gateway", "patient"]
    assert await proxy.data("series", match=f'{HR}{{patient=~"{proxy.foreign}"}}') == []


async def test_an_sre_sees_what_is_nobodys_and_no_name(proxy: Proxy) -> None:
    gateway = proxy.service.gateway
    data = await proxy.data("query", "sre", query=f'chevet_journal_rows{{gateway="{gateway}"}}')
    assert [one["value"][1] for one in data["result"]] == ["5"]
    (alert,) = metrics(await proxy.data("query", "sre", query=f'ALERTS{{gateway="{gateway}"}}'))
    assert alert == {"__name__": "ALERTS", "alertname": "A", "kind": "technical", "gateway": gateway}
    assert await proxy.data("label/patient/values", "sre") == []
    assert await proxy.data("label/display_name/values", "sre") == []
    assert HR not in await proxy.data("label/__name__/values", "sre")
    assert "expected a metric that your roles open" in (await proxy.refusal("query", "sre", query=HR))["error"]


async def test_metadata_names_only_what_is_open(proxy: Proxy) -> None:
    care, sre = await proxy.data("metadata"), await proxy.data("metadata", "sre")
    assert {HR, "chevet_limit"} <= set(care)
    assert {"chevet_journal_rows", "chevet_sms_seconds"} <= set(sre)
    assert not set(care) & set(sre) - {"chevet_alert_open"}
    assert sre["chevet_journal_rows"][0]["type"] == "gauge"
    assert list(await proxy.data("metadata", metric=HR)) == [HR]


@pytest.mark.parametrize("role", ["patient", "relative", "analyst", "flow_manager", "gateway"])
@pytest.mark.parametrize("path", PATHS)
async def test_everybody_else_is_told_of_the_analyses(proxy: Proxy, role: str, path: str) -> None:
    claims = {"gateway": "g1"} if role == "gateway" else {}
    answer = await proxy.service.client.get(f"{BASE}/{path}", headers=proxy.service.as_(role, **claims))
    assert answer.status_code == 403
    assert (answer.json()["status"], answer.json()["errorType"]) == ("error", "forbidden")
    assert "for everybody else there are the analyses" in answer.json()["error"]


async def test_a_stranger_is_refused_in_the_same_shape(proxy: Proxy) -> None:
    answer = await proxy.service.client.get(f"{BASE}/query", params={"query": "1"})
    assert (answer.status_code, answer.json()["errorType"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


STRETCH = {"query": "1", "start": 1000, "end": 2000, "step": 10}


@pytest.mark.parametrize(
    ("path", "given", "sentence"),
    [
        ("query", {}, "query: expected a value, got none"),
        ("query", {"query": ["1", "2"]}, "query: expected it once, got it 2 times"),
        ("query", {"query": "1", "time": "yesterday"}, "time: expected seconds since 1970 or RFC 3339"),
        ("query", {"query": "1", "time": "NaN"}, "time: expected seconds since 1970"),
        ("query", {"query": "1", "time": "1e400"}, "time: expected seconds since 1970"),
        ("query", {"query": "1", "timeout": "31s"}, "timeout: expected at most 30 s, got 31 s"),
        ("query", {"query": "1", "timeout": "-1"}, "timeout: expected seconds above 0"),
        ("query_range", STRETCH | {"start": 3000}, "end: expected a time at or after start"),
        ("query_range", STRETCH | {"start": 0, "end": 34_560_001}, "start: expected at most 34560000 s before end"),
        ("query_range", STRETCH | {"step": "0"}, "step: expected seconds above 0 or a duration"),
        ("query_range", STRETCH | {"step": ""}, "step: expected a value, got none"),
        ("query_range", STRETCH | {"start": 0, "end": 11_000, "step": 1}, "step: expected at most 11000 points"),
        ("series", {}, "match[]: expected a selector, got none"),
        ("series", {"match": "1"}, "match[]: expected a selector such as"),
        ("series", {"match": [HR, "up"]}, "match[]: expected a metric that your roles open, got 'up'"),
        ("label/a-b/values", {}, "path.name: "),
    ],
)
async def test_what_cannot_be_is_refused_by_parameter(proxy: Proxy, path: str, given: dict, sentence: str) -> None:
    refusal = await proxy.refusal(path, **given)
    assert refusal["error"].startswith(sentence), refusal
    assert refusal["errorType"] == "bad_data"


async def test_as_many_points_as_prometheus_gives_are_given(proxy: Proxy) -> None:
    data = await proxy.data("query_range", query="1", start=0, end=10_999, step=1)
    assert len(data["result"][0]["values"]) == 11_000


async def test_what_prometheus_cannot_evaluate_is_said_in_its_words(proxy: Proxy) -> None:
    refusal = await proxy.refusal(
        "query", status=422, query=f"vector(1) + on () ({HR} or label_replace({HR},'x','y','',''))"
    )
    assert refusal["errorType"] == "execution"
    assert refusal["error"].startswith("query: Prometheus says: found duplicate series")


async def test_an_answer_of_too_many_series_or_bytes_is_refused(proxy: Proxy, monkeypatch) -> None:
    monkeypatch.setattr("analysis_service.query.bounds.MOST_SERIES", 0)
    assert (await proxy.refusal("query", query=HR))["error"] == ("query: expected an answer of at most 0 series, got 1")
    monkeypatch.setattr("analysis_service.query.bounds.MOST_ANSWER", 10)
    assert "at most 10 bytes" in (await proxy.refusal("series", match=HR))["error"]


async def test_a_long_body_is_refused(proxy: Proxy) -> None:
    refusal = await proxy.refusal("query", post=True, query="1" * 300_000)
    assert refusal["error"].startswith("body: expected at most 262144 bytes")
    answer = await proxy.service.client.post(
        f"{BASE}/query", content=b"x" * 5_000_000, headers=proxy.service.as_("nurse")
    )
    assert (answer.status_code, answer.json()["status"]) == (413, "error")


async def test_a_body_that_is_no_form_is_refused(proxy: Proxy) -> None:
    for content, kind in (
        (json.dumps({"query": "1"}), "application/json"),
        ("query=\xff", "application/x-www-form-urlencoded"),
    ):
        headers = proxy.service.as_("nurse") | {"Content-Type": kind}
        answer = await proxy.service.client.post(f"{BASE}/query", content=content.encode("latin-1"), headers=headers)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")


async def test_a_patient_whose_care_ends_is_gone_at_the_next_question(proxy: Proxy) -> None:
    carers = Carers(proxy.service)
    doctor = {"sub": "somebody", "name": "Dr X"}
    (team,) = (await carers.ask(doctor, "GET", f"/patients/{proxy.own}/teams")).json()
    members = f"/teams/{team['team']}/members"
    await carers.made(doctor, members, {"subject": "anne", "name": "Dr Anne"})
    (me, _) = (await carers.ask(doctor, "GET", members)).json()
    assert metrics(await proxy.data("query", query=HR))
    await carers.made(doctor, f"{members}/{me['id']}/end")
    assert (await proxy.data("query", query=HR))["result"] == []
    assert (await proxy.data("query", query="ALERTS"))["result"] == []
    assert await proxy.data("series", match="ALERTS") == []
    assert await proxy.data("labels") == []


@pytest.mark.parametrize("path", PATHS[:-1])
async def test_while_prometheus_is_away_the_answer_says_so(service_without_store, path: str) -> None:
    given = STRETCH | {"match[]": HR}
    headers = service_without_store.as_("nurse")
    answer = await service_without_store.client.get(f"{BASE}/{path}", params=given, headers=headers)
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "error",
        "errorType": "unavailable",
        "error": "prometheus: expected an answer, got none; ask again",
    }
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    "path", ["rules", "alerts", "targets", "query_exemplars", "status/config", "admin/tsdb/snapshot"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_there_is_no_more_of_prometheus_than_that(service_without_store, path: str, method: str) -> None:
    service = service_without_store
    answer = await service.client.request(method, f"{BASE}/{path}", headers=service.as_("doctor", "sre"))
    assert (answer.status_code, answer.json()["errorType"]) == (404, "not_found")


@pytest.mark.parametrize(
    "expression",
    ["{hr}", 'max({hr}{{patient="{own}"}})', "sum without (patient) ({hr}{{patient =~ '({own}|none)'}})"],
)
async def test_whose_values_were_looked_at_is_on_record(proxy: Proxy, expression: str) -> None:
    await proxy.data("query", query=expression.format(hr=HR, own=proxy.own))
    async with proxy.service.client._transport.app.state.database.reading() as session:
        last = (await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc()).limit(1))).one()
    look = entry_of(last).look
    assert (look.route, look.patients, look.outcome) == (f"{BASE}/query", (proxy.own,), "done")


async def test_whom_a_question_leaves_out_was_not_looked_at(proxy: Proxy) -> None:
    await proxy.data("query", query=f'max({HR}{{patient!="{proxy.own}"}})')
    async with proxy.service.client._transport.app.state.database.reading() as session:
        last = (await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc()).limit(1))).one()
    assert entry_of(last).look.patients == ()


async def asked_by(proxy: Proxy, who: dict[str, str], expression: str = HR) -> httpx2.Response:
    headers = Carers(proxy.service).headers(who)
    answer = await proxy.service.client.get(f"{BASE}/query", params={"query": expression}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("who", [ANNE, NURSE], ids=["doctor", "nurse"])
async def test_another_team_sees_nothing(proxy: Proxy, who: dict[str, str]) -> None:
    for expression in (HR, "ALERTS", f'{HR}{{gateway=~".+{proxy.own}"}}', "chevet_limit"):
        assert (await asked_by(proxy, who, expression)).json()["data"]["result"] == []
    total = await asked_by(proxy, who, f"count({HR}) or vector(0)")
    assert total.json()["data"]["result"][0]["value"][1] == "0"


async def test_broken_glass_adds_its_patient_for_as_long_as_it_is_open_and_sums_say_so_too(proxy: Proxy) -> None:
    carers, reason = Carers(proxy.service), "found unconscious in the lift"
    path = f"/patients/{proxy.own}/break-glass"
    broken = await carers.made(NURSE, path, {"reason": reason})
    for expression in (HR, f"sum({HR})"):
        answer = await asked_by(proxy, NURSE, expression)
        assert answer.json()["data"]["result"][0]["value"][1] == "71"
        assert "X-Chevet-Break-Glass" in answer.headers
        async with proxy.service.client._transport.app.state.database.reading() as session:
            last = (await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc()).limit(1))).one()
        assert (entry_of(last).look.patients, entry_of(last).look.reason) == ((proxy.own,), reason)
    await carers.made(NURSE, f"{path}/{broken['id']}/end")
    answer = await asked_by(proxy, NURSE)
    assert answer.json()["data"]["result"] == []
    assert "X-Chevet-Break-Glass" not in answer.headers
