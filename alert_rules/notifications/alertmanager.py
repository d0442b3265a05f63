"""Alertmanager's configuration from the rows and the ways of one installation, for 0.25 and for what came after."""

from __future__ import annotations

from typing import Any

import yaml

from alert_rules.groups import ALERTS
from alert_rules.notifications.channels import CLIENT, Channels, Person
from alert_rules.notifications.inhibitions import INHIBITIONS
from alert_rules.notifications.matchers import Matchers
from alert_rules.notifications.receivers import RECEIVERS
from alert_rules.notifications.routes import OTHERWISE, ROUTES
from alert_rules.notifications.rows import Channel, Inhibition, Pace, Receiver, Route
from alert_rules.notifications.told import require_fitting
from chevet.errors import BadRow, expected

WEBHOOK_PATH = "/api/v1/alertmanager"
TEMPLATES = "templates/chevet.*.tmpl"
"""Relative to the file itself."""


def alertmanager(
    channels: Channels,
    *,
    receivers: tuple[Receiver, ...] = RECEIVERS,
    routes: tuple[Route, ...] = ROUTES,
    otherwise: Route = OTHERWISE,
    inhibitions: tuple[Inhibition, ...] = INHIBITIONS,
) -> str:
    """`alertmanager.yml`. Raises BadRow where rows do not fit one another or a receiver is left without a channel."""
    require_fitting(receivers, (*routes, otherwise), inhibitions, ALERTS)
    content = {
        **_mail(channels),
        "templates": [TEMPLATES],
        "route": {**_told(otherwise), "routes": [_route(route) for route in routes]},
        "inhibit_rules": [_inhibition(inhibition) for inhibition in inhibitions],
        "receivers": [_receiver(receiver, channels) for receiver in receivers],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)


def _mail(channels: Channels) -> dict[str, Any]:
    smtp = channels.smtp
    if smtp is None:
        return {}
    as_user = {
        "smtp_auth_username": smtp.user,
        "smtp_auth_password_file": str(channels.smtp_password_file),
    }
    return {
        "global": {
            "smtp_smarthost": smtp.smarthost,
            "smtp_from": smtp.sender,
            **(as_user if smtp.user else {}),
            "smtp_require_tls": smtp.require_tls,
        }
    }


def _told(route: Route) -> dict[str, Any]:
    return {"receiver": route.receiver, "group_by": list(route.together), **_pace(route.pace)}


def _route(route: Route) -> dict[str, Any]:
    return {**_told(route), "matchers": _texts(route.matchers), "continue": route.continues}


def _pace(pace: Pace) -> dict[str, str]:
    return {
        "group_wait": f"{pace.wait}s",
        "group_interval": f"{pace.interval}s",
        "repeat_interval": f"{pace.repeat}s",
    }


def _texts(matchers: Matchers) -> list[str]:
    return [matcher.text for matcher in matchers]


def _inhibition(inhibition: Inhibition) -> dict[str, Any]:
    return {
        "source_matchers": _texts(inhibition.source),
        "target_matchers": _texts(inhibition.target),
        "equal": list(inhibition.equal),
    }


def _receiver(receiver: Receiver, channels: Channels) -> dict[str, Any]:
    if receiver.channels == (Channel.NOBODY,):
        return {"name": receiver.name}
    webhooks = [row for channel in receiver.channels for row in _webhook(channel, channels)]
    mails = [_letter(person) for person in channels.people if Channel.MAIL in receiver.channels]
    if not webhooks and not mails:
        wanted = "people on call or a webhook at this installation"
        raise BadRow(expected(f"receiver {receiver.name}", wanted, None), field=receiver.name)
    return {
        "name": receiver.name,
        **({"webhook_configs": webhooks} if webhooks else {}),
        **({"email_configs": mails} if mails else {}),
    }


def _webhook(channel: Channel, channels: Channels) -> list[dict[str, Any]]:
    if channel is Channel.SERVICE:
        oauth2 = {
            "client_id": CLIENT,
            "client_secret_file": str(channels.client_secret_file),
            "token_url": channels.token_url,
        }
        return [_post(channels.service.rstrip("/") + WEBHOOK_PATH, {"oauth2": oauth2})]
    if channel is Channel.OPERATIONS_WEBHOOK and channels.operations_webhook:
        bearer = {"authorization": {"type": "Bearer", "credentials_file": str(channels.operations_token_file)}}
        return [_post(channels.operations_webhook, bearer if channels.operations_token else {})]
    return []


def _post(url: str, login: dict[str, Any]) -> dict[str, Any]:
    """All alerts of a group whole: none is left out, however many they are."""
    return {"url": url, "send_resolved": True, "max_alerts": 0, **({"http_config": login} if login else {})}


def _letter(person: Person) -> dict[str, Any]:
    named = {part: f'{{{{ template "chevet.{person.language}.{part}" . }}}}' for part in ("subject", "html", "text")}
    return {
        "to": person.address,
        "send_resolved": True,
        "headers": {
            "Subject": named["subject"],
            "Content-Language": person.language,
            "Auto-Submitted": "auto-generated",
        },
        "html": named["html"],
        "text": named["text"],
    }
