"""Rows of notifications that cannot be are refused, with the row or the field named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
import yaml

from alert_rules.groups import ALERTS
from alert_rules.notifications.alertmanager import alertmanager
from alert_rules.notifications.channels import Channels, Person, Smtp
from alert_rules.notifications.inhibitions import INHIBITIONS
from alert_rules.notifications.matchers import having, of, other_than
from alert_rules.notifications.receivers import OPERATIONS, RECEIVERS, SERVICE
from alert_rules.notifications.rows import Channel, Inhibition, Pace, Receiver, Route
from alert_rules.notifications.told import may_match
from chevet.errors import BadRow
from chevet.severities import Kind

SMTP = Smtp(smarthost="mail.example:587", sender="chevet@example.org")
CHANNELS = Channels(
    service="https://chevet.example",
    token_url="https://id.chevet.example/token",
    secrets=PurePosixPath("/etc/chevet/secrets"),
    smtp=SMTP,
    people=(Person(address="sam@example.org", language="en"),),
)
PACE = Pace(wait=1, interval=1, repeat=60)
ROUTE = Route(name="a route", matchers=(of("team", "ward"),), receiver="service", together=("gateway",), pace=PACE)
DOWN, LATE = (of("alertname", "ChevetServiceDown"),), (of("alertname", "ChevetWindowsLate"),)

ROWS: tuple[tuple[Callable[[], object], str, str], ...] = (
    (
        lambda: Receiver(name="the night shift", channels=()),
        "the night shift",
        "receiver the night shift: expected at least one channel, got ()",
    ),
    (
        lambda: Receiver(name="some", channels=(Channel.NOBODY, Channel.MAIL)),
        "some",
        "receiver some: expected nobody alone",
    ),
    (
        lambda: of("severty", "high"),
        "severty",
        "matcher label: expected severity or kind or team or alertname or rule or rule_group or gateway or device or "
        "patient, got 'severty'",
    ),
    (
        lambda: of("severity", "critical"),
        "severity",
        "matcher severity: expected high or medium or low or info, got 'critical'",
    ),
    (lambda: of("team"), "values", "matcher team.values: expected at least one value, got ()"),
    (lambda: Pace(wait=-1, interval=1, repeat=1), "wait", "wait: expected seconds, at least 0, got -1"),
    (lambda: Pace(wait=0, interval=0, repeat=1), "interval", "interval: expected seconds, at least 1, got 0"),
    (
        lambda: Pace(wait=0, interval=60, repeat=59),
        "repeat",
        "repeat: expected at least the interval of 60 s, got 59",
    ),
    (
        lambda: replace(ROUTE, matchers=()),
        "a route",
        "route a route: expected at least one matcher, got ()",
    ),
    (lambda: replace(ROUTE, together=()), "together", "route a route.together: expected a label, got ()"),
    (
        lambda: replace(ROUTE, together=("ward",)),
        "ward",
        "route a route.together label: expected severity or kind or team or alertname or rule or rule_group or gateway "
        "or device or patient, got 'ward'",
    ),
    (
        lambda: Inhibition(name="itself", source=(of("kind", "technical"),), target=(of("team", "ward"),)),
        "itself",
        "inhibition itself: expected a source that is never its own target, "
        """got 'kind="technical" > team="ward"'""",
    ),
    (
        lambda: Inhibition(name="all but", source=(other_than("team", "ward"),), target=(having("gateway"),)),
        "all but",
        "inhibition all but: expected a source that is never its own target",
    ),
    (
        lambda: Inhibition(name="by nothing", source=(), target=LATE),
        "source",
        "inhibition by nothing.source: expected at least one matcher, got ()",
    ),
    (
        lambda: Inhibition(name="of nothing", source=DOWN, target=()),
        "target",
        "inhibition of nothing.target: expected at least one matcher, got ()",
    ),
    (
        lambda: Inhibition(name="equal", source=DOWN, target=LATE, equal=("hospital",)),
        "hospital",
        "inhibition equal.equal label: expected severity",
    ),
    (lambda: Person(address="", language="en"), "address", "address: expected a mail address, got ''"),
    (lambda: Person(address="a@example.org", language="de"), "language", "language: expected en or fr, got 'de'"),
    (lambda: replace(SMTP, smarthost=""), "smarthost", "smarthost: expected host:port, got ''"),
    (lambda: replace(SMTP, smarthost="mail:99999"), "smarthost", "smarthost: expected host:port, got 'mail:99999'"),
    (lambda: replace(SMTP, sender="chevet"), "sender", "sender: expected a mail address, got 'chevet'"),
    (
        lambda: replace(SMTP, user="chevet", require_tls=False),
        "require_tls",
        "require_tls: expected true where a password is sent, got False",
    ),
    (lambda: replace(CHANNELS, service=""), "service", "service: expected http:// or https:// and a host, got ''"),
    (
        lambda: replace(CHANNELS, token_url="id.chevet.example"),
        "token_url",
        "token_url: expected http:// or https:// and a host, got 'id.chevet.example'",
    ),
    (
        lambda: replace(CHANNELS, service="http://host:port"),
        "service",
        "service: expected http:// or https:// and a host, got 'http://host:port'",
    ),
    (
        lambda: replace(CHANNELS, operations_webhook=""),
        "operations_webhook",
        "operations_webhook: expected http:// or https:// and a host, got ''",
    ),
    (
        lambda: replace(CHANNELS, operations_webhook="https://chevet:hunter2@pager.example"),
        "operations_webhook",
        "operations_webhook: expected an address without user or password, for it is written down",
    ),
    (
        lambda: replace(CHANNELS, secrets=PurePosixPath("secrets")),
        "secrets",
        "secrets: expected an absolute directory, got 'secrets'",
    ),
    (lambda: replace(CHANNELS, smtp=None), "smtp", "smtp: expected a mail server where people are on call, got None"),
    (
        lambda: alertmanager(replace(CHANNELS, people=())),
        "operations",
        "receiver operations: expected people on call or a webhook at this installation, got None",
    ),
    (
        lambda: alertmanager(CHANNELS, receivers=(*RECEIVERS, SERVICE)),
        "service",
        "receiver service: expected a name of its own, got one that another has",
    ),
    (
        lambda: alertmanager(CHANNELS, receivers=(SERVICE, OPERATIONS)),
        "receiver",
        "route info.receiver: expected service or operations, got 'nobody'",
    ),
    (
        lambda: alertmanager(
            CHANNELS, inhibitions=(Inhibition(name="old", source=DOWN, target=(of("alertname", "ChevetGone"),)),)
        ),
        "old",
        "inhibition old: expected names of alerts that there are, got 'ChevetGone'",
    ),
    (
        lambda: alertmanager(
            CHANNELS,
            inhibitions=(
                Inhibition(name="one", source=DOWN, target=LATE),
                Inhibition(name="two", source=LATE, target=DOWN),
            ),
        ),
        "inhibitions",
        "inhibitions: expected none that comes back to itself, got Chevet",
    ),
)


@pytest.mark.parametrize(("made", "field", "sentence"), ROWS, ids=[sentence.split(",")[0] for _, _, sentence in ROWS])
def test_what_cannot_be_is_refused_in_a_sentence_that_names_it(
    made: Callable[[], object], field: str, sentence: str
) -> None:
    with pytest.raises(BadRow) as refused:
        made()
    assert str(refused.value).startswith(sentence)
    assert refused.value.field == field


def test_an_installation_without_a_webhook_or_without_mail_is_one() -> None:
    assert "webhook_configs" in alertmanager(CHANNELS)
    alone = replace(CHANNELS, smtp=None, people=(), operations_webhook="https://pager.example")
    assert "email_configs" not in alertmanager(alone)


@pytest.mark.parametrize("smarthost", ["mail.example:25", "127.0.0.1:1025", "[::1]:587"])
def test_a_mail_server_is_named_by_host_and_port(smarthost: str) -> None:
    config = yaml.safe_load(alertmanager(replace(CHANNELS, smtp=replace(SMTP, smarthost=smarthost))))
    assert config["global"]["smtp_smarthost"] == smarthost


def test_a_receiver_of_a_misspelt_channel_is_no_channel() -> None:
    with pytest.raises(ValueError, match="'sms' is not a valid Channel"):
        Channel("sms")


@pytest.mark.parametrize("inhibition", INHIBITIONS, ids=lambda inhibition: inhibition.name)
def test_nothing_silences_what_is_more_urgent_or_clinical_by_what_is_technical(inhibition: Inhibition) -> None:
    sources = [alert for alert in ALERTS if may_match(inhibition.source, alert)]
    targets = [alert for alert in ALERTS if may_match(inhibition.target, alert)]
    assert sources
    assert targets
    for target in targets:
        assert all(source.severity.rank <= target.severity.rank for source in sources), target.name
        assert all(source.kind is Kind.CLINICAL or target.kind is Kind.TECHNICAL for source in sources), target.name
