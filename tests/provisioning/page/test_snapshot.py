"""What the page says about values and alerts."""

import json
from pathlib import Path

import pytest

from chevet.errors import ChevetError
from chevet.vitals import BY_KEY
from provisioning.page import snapshot
from provisioning.page.ledger import Log
from provisioning.page.phone import Phone
from provisioning.page.ward import Newest

NOW = 1_900_000_000_000


def _newest(vital: str, value: float, *, age: int = 5, gateway: str = "g01") -> Newest:
    return Newest(
        patient=f"p-{gateway}", gateway=gateway, device="d", vital=BY_KEY[vital], at=NOW - age * 1000, value=value
    )


def test_a_value_past_stale_after_is_marked_stale_and_one_at_it_is_not() -> None:
    rows = snapshot.patients([_newest("heart_rate", 70, age=300)], {}, NOW)
    assert rows[0]["values"]["heart_rate"]["stale"] is False
    rows = snapshot.patients([_newest("heart_rate", 70, age=301)], {}, NOW)
    assert rows[0]["values"]["heart_rate"]["stale"] is True


@pytest.mark.parametrize(("value", "severity"), [(88, "high"), (91, "medium"), (92, "")])
def test_a_value_has_the_severity_of_the_limit_it_breaks(value: float, severity: str) -> None:
    rows = snapshot.patients([_newest("oxygen_saturation", value)], {}, NOW)
    assert rows[0]["values"]["oxygen_saturation"]["severity"] == severity


def test_the_worst_patient_stands_first_and_a_stale_value_makes_nobody_worse() -> None:
    values = [
        _newest("heart_rate", 70, gateway="g01"),
        _newest("heart_rate", 140, gateway="g02"),
        _newest("heart_rate", 140, gateway="g03", age=4000),
    ]
    assert [row["gateway"] for row in snapshot.patients(values, {}, NOW)] == ["g02", "g01", "g03"]


def test_weight_is_shown_in_kilograms() -> None:
    rows = snapshot.patients([_newest("weight", 71_250)], {}, NOW)
    assert rows[0]["values"]["weight"]["shown"] == "71.2"


@pytest.mark.parametrize(
    ("rule", "told"),
    [("modem.missing", "SMS by modem: the modem does not answer"), ("of.a.newer.gateway", "of.a.newer.gateway")],
)
def test_an_alert_about_the_gateway_itself_is_told_in_words(rule: str, told: str) -> None:
    registered = {
        "id": "x", "gateway": "g01", "patient": None, "vital": "", "rule": rule, "severity": "medium",
        "kind": "technical", "onset": NOW, "value": None,
    }  # fmt: skip
    (row,) = snapshot.alerts([registered], {})
    assert (row["what"], row["name"]) == (told, "g01")


def test_an_alert_is_told_with_its_value_and_who_took_it() -> None:
    registered = {
        "id": "x", "gateway": "g01", "patient": "p1", "vital": "oxygen_saturation", "rule": "oxygen_saturation.low",
        "severity": "high", "kind": "clinical", "onset": NOW, "value": 84.0, "taken_by": "Nina Nurse",
        "attempts": [{"outcome": "handed"}, {"outcome": "failed"}],
    }  # fmt: skip
    (row,) = snapshot.alerts([registered], {"p1": "Marie"})
    assert (row["what"], row["name"]) == ("oxygen saturation: low 84 %", "Marie")
    assert (row["taken_by"], row["calls"]) == ("Nina Nurse", 1)


def _of_a_rule(**fields: object) -> dict[str, object]:
    said = {"en": "oxygen saturation 84 % (limit ≤ 88 %), patient p1", "fr": "saturation 84 %, patient p1"}
    first = {"en": "Look at patient p1.", "fr": "Voir le patient p1."}
    told = {"summary": said, "description": first, "runbook_url": "http://x/runbooks#y", "dashboard_url": "http://x"}
    return {
        "id": "y", "gateway": None, "patient": "p1", "vital": "", "rule": "oxygen_saturation.low", "severity": "high",
        "kind": "clinical", "onset": NOW, "value": None, "told": told, "observations": [{"source": "prometheus"}],
    } | fields  # fmt: skip


def test_an_alert_of_a_rule_is_told_in_its_sentence_with_the_name_and_what_to_do_first() -> None:
    (row,) = snapshot.alerts([_of_a_rule()], {"p1": "Marie"})
    assert (row["what"], row["name"]) == ("oxygen saturation 84 % (limit ≤ 88 %)", "Marie")
    assert (row["first"], row["runbook"]) == ("Look at patient Marie.", "http://x/runbooks#y")
    assert row["seen_by"] == ["rules"]


def test_an_alert_that_gateway_and_rules_saw_is_one_and_says_so() -> None:
    both = [{"source": "gateway"}, {"source": "prometheus"}, {"source": "gateway"}]
    (row,) = snapshot.alerts([_of_a_rule(observations=both)], {})
    assert row["seen_by"] == ["the gateway", "rules"]


def test_an_alert_about_the_service_itself_has_no_name_beside_its_sentence() -> None:
    said = {"en": "the service does not answer", "fr": "le service ne répond pas"}
    told = {"summary": said, "description": said, "runbook_url": "", "dashboard_url": ""}
    (row,) = snapshot.alerts([_of_a_rule(patient=None, kind="technical", told=told)], {"p1": "Marie"})
    assert (row["what"], row["name"]) == ("the service does not answer", "")


def test_what_is_open_and_clinical_and_severe_stands_first_and_what_cleared_is_in_the_order_of_its_time() -> None:
    rows = snapshot.alerts(
        [
            _of_a_rule(id="old", cleared_at=NOW + 9, onset=NOW),
            _of_a_rule(id="newer", cleared_at=NOW + 9, onset=NOW + 5, severity="low"),
            _of_a_rule(id="technical", kind="technical", onset=NOW + 7),
            _of_a_rule(id="medium", severity="medium", onset=NOW + 6),
            _of_a_rule(id="high", onset=NOW),
        ],
        {},
    )
    assert [row["id"] for row in rows] == ["high", "medium", "technical", "newer", "old"]


@pytest.mark.parametrize(("body", "field"), [([], "body"), ({"to": 3}, "to"), ({"to": "+336"}, "message")])
def test_a_phone_refuses_what_is_no_message_by_the_name_of_the_field(body: object, field: str) -> None:
    with pytest.raises(ChevetError, match=f"^{field}: expected"):
        Phone().receive(body)


def test_the_log_of_a_home_counts_readings_by_the_time_they_were_measured(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    reading = {"spo2": 97, "heart_rate": 70, "contact": True, "last_seen": NOW}
    entries = [
        {"topic": "zigbee2mqtt/ox", "payload": reading, "sent": True},
        {"topic": "zigbee2mqtt/ox", "payload": reading | {"last_seen": NOW + 10}, "sent": False},
        {"topic": "zigbee2mqtt/ox", "payload": reading | {"last_seen": NOW + 1000}, "sent": True},
    ]
    whole = "".join(json.dumps(entry) + "\n" for entry in entries)
    path.write_text(whole[:-20])
    log = Log(path, {"ox": "CV-OX1"})
    log.follow()
    assert log.count("heart_rate", NOW, NOW + 2000) == 1
    path.write_text(whole)
    log.follow()
    assert log.count("heart_rate", NOW, NOW + 2000) == 2
    assert log.count("heart_rate", NOW, NOW + 1000) == 1
    assert log.count("body_temperature", NOW, NOW + 1000) == 0


def test_a_gateway_is_online_or_offline_by_the_services_word_with_the_age_of_its_heartbeat() -> None:
    online = {"online": True, "offline_since": None, "heartbeat": {"received_ms": NOW - 12_000}}
    assert snapshot.heartbeat(online, NOW) == {"online": True, "age": 12_000, "since": None}
    offline = {"online": False, "offline_since": NOW - 500_000, "heartbeat": {"received_ms": NOW - 500_000}}
    assert snapshot.heartbeat(offline, NOW) == {"online": False, "age": 500_000, "since": NOW - 500_000}


def test_before_the_first_heartbeat_nothing_is_said_of_a_gateway() -> None:
    assert snapshot.heartbeat({"online": False, "offline_since": None, "heartbeat": None}, NOW) is None
    assert snapshot.heartbeat(None, NOW) is None
