"""Who is told of which alert, by the routes; and whether routes and inhibitions fit the alerts that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from alert_rules.groups import ALERTS
from alert_rules.notifications.matchers import ALERT_NAME, RULE, Matchers, matching
from alert_rules.notifications.routes import OTHERWISE, ROUTES
from alert_rules.notifications.rows import Inhibition, Receiver, Route
from alert_rules.rows import Alert
from chevet.errors import BadRow, expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert's labels and the receivers that are told, as `amtool config routes test` names them, in order."""

    labels: Mapping[str, str]
    receivers: tuple[str, ...]


def labels(alert: Alert) -> dict[str, str]:
    """Those that an alert always has; its series add theirs."""
    return {
        ALERT_NAME: alert.name,
        "kind": alert.kind.value,
        RULE: alert.rule,
        "severity": alert.severity.value,
        "team": alert.team.value,
    }


def receivers(
    of: Mapping[str, str], routes: tuple[Route, ...] = ROUTES, otherwise: Route = OTHERWISE
) -> tuple[str, ...]:
    """Whom the routes name for an alert of these labels."""
    return tuple(route.receiver for route in _taken(of, routes)) or (otherwise.receiver,)


def _taken(of: Mapping[str, str], routes: tuple[Route, ...]) -> Iterator[Route]:
    for route in routes:
        if matching(route.matchers, of):
            yield route
            if not route.continues:
                return


def require_fitting(
    known: tuple[Receiver, ...],
    routes: tuple[Route, ...],
    inhibitions: tuple[Inhibition, ...],
    alerts: tuple[Alert, ...],
) -> None:
    """Raises BadRow where a row names a receiver or an alert that there is not, or alerts could silence one another."""
    names = [receiver.name for receiver in known]
    for name in names:
        if names.count(name) > 1:
            raise BadRow(f"receiver {name}: expected a name of its own, got one that another has", field=name)
    for route in routes:
        if route.receiver not in names:
            raise BadRow(expected(f"route {route.name}.receiver", " or ".join(names), route.receiver), field="receiver")
    for inhibition in inhibitions:
        _require_alerts(inhibition, alerts)
    _require_no_circle(inhibitions, alerts)


def _require_alerts(inhibition: Inhibition, alerts: tuple[Alert, ...]) -> None:
    names = {alert.name for alert in alerts}
    for side in (inhibition.source, inhibition.target):
        for matcher in side:
            unknown = set(matcher.values) - names if matcher.label == ALERT_NAME else ()
            if unknown:
                wanted, got = "names of alerts that there are", min(unknown)
                raise BadRow(expected(f"inhibition {inhibition.name}", wanted, got), field=inhibition.name)


def _require_no_circle(inhibitions: tuple[Inhibition, ...], alerts: tuple[Alert, ...]) -> None:
    """Two that fire together and inhibit each other would both be silent."""
    silences: dict[str, set[str]] = {alert.name: set() for alert in alerts}
    for inhibition in inhibitions:
        targets = {alert.name for alert in alerts if may_match(inhibition.target, alert)}
        for source in alerts:
            if may_match(inhibition.source, source):
                silences[source.name] |= targets
    try:
        TopologicalSorter(silences).prepare()
    except CycleError as error:
        circle = " > ".join(reversed(error.args[1]))
        raise BadRow(
            f"inhibitions: expected none that comes back to itself, got {circle}", field="inhibitions"
        ) from error


def may_match(matchers: Matchers, alert: Alert) -> bool:
    """Whether an alert fits, its series' labels being whatever they must."""
    fixed = labels(alert)
    return all(matcher.matches(fixed) for matcher in matchers if matcher.label in fixed)


TOLD: tuple[Told, ...] = tuple(Told(labels=labels(alert), receivers=receivers(labels(alert))) for alert in ALERTS)
"""Each alert, for `amtool config routes test` to say the same."""
