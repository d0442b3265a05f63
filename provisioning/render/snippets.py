"""What is pasted into the configuration of servers that somebody runs already: ours beside theirs, under names of ours.

Made of the same texts as the tree, whose rules, templates and dashboards they point at.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from alert_rules.notifications.alertmanager import alertmanager
from provisioning.render import grafana, prometheus
from provisioning.render.site import Site

OURS = 'alertname=~"Chevet.+"'
"""By which another's Alertmanager knows our alerts."""
PREFIX = "chevet-"
"""Of the names of our receivers there."""
MAIL = ("smarthost", "from", "auth_username", "auth_password_file", "require_tls")
"""What stands under `global` for all, and here with each mail: theirs may leave by another server."""

SNIPPETS = PurePosixPath("snippets")

SCRAPE = """\
# Into prometheus.yml: `storage` stands there once, and so does each job; rules know the jobs by these names.
# The service writes into it: start it with --web.enable-remote-write-receiver.
"""
ALERTMANAGER = """\
# Into alertmanager.yml: each list's rows to yours, our route before any of yours that would take all alerts.
"""
DATA_SOURCE = """\
# Beside the files in provisioning/datasources of Grafana. Yours stays the default one.
"""
FOLDERS = """\
# Beside the files in provisioning/dashboards of Grafana.
"""


def snippets(site: Site) -> Mapping[PurePosixPath, str]:
    """Each by its path."""
    texts = {
        "scrape.yml": SCRAPE + prometheus.written(_scrape(site)),
        "alertmanager.yml": ALERTMANAGER + prometheus.written(_alertmanager(site)),
        "datasource.yml": DATA_SOURCE + prometheus.written(_data_source(site)),
        "dashboards.yml": FOLDERS + grafana.providers(site),
    }
    return {SNIPPETS / name: text for name, text in sorted(texts.items())}


def _scrape(site: Site) -> dict[str, Any]:
    """With the pace that rules reckon with, whatever the pace of others is."""
    content = yaml.safe_load(prometheus.config(site))
    pace = {name: content["global"][name] for name in ("scrape_interval", "scrape_timeout")}
    return {
        "storage": content["storage"],
        "rule_files": [f"{site.directory}/prometheus/{pattern}" for pattern in content["rule_files"]],
        "scrape_configs": [{**job, **pace} for job in content["scrape_configs"]],
    }


def _alertmanager(site: Site) -> dict[str, Any]:
    content = yaml.safe_load(alertmanager(site.channels))
    mail = {name: content["global"][f"smtp_{name}"] for name in MAIL if f"smtp_{name}" in content.get("global", {})}
    return {
        "templates": [f"{site.directory}/alertmanager/{pattern}" for pattern in content["templates"]],
        "route": {"routes": [{"matchers": [OURS], **_named(content["route"])}]},
        "inhibit_rules": [_inhibition(rule) for rule in content["inhibit_rules"]],
        "receivers": [_receiver(receiver, mail) for receiver in content["receivers"]],
    }


def _named(route: Mapping[str, Any]) -> dict[str, Any]:
    below = {"routes": [_named(one) for one in route["routes"]]} if "routes" in route else {}
    return {**route, "receiver": PREFIX + route["receiver"], **below}


def _inhibition(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {**rule, **{side: [OURS, *rule[side]] for side in ("source_matchers", "target_matchers")}}


def _receiver(receiver: Mapping[str, Any], mail: Mapping[str, Any]) -> dict[str, Any]:
    letters = [{**letter, **mail} for letter in receiver.get("email_configs", ())]
    return {**receiver, "name": PREFIX + receiver["name"], **({"email_configs": letters} if letters else {})}


def _data_source(site: Site) -> dict[str, Any]:
    """A Grafana with two default data sources does not start."""
    content: dict[str, Any] = yaml.safe_load(grafana.data_source(site))
    return {**content, "datasources": [{**one, "isDefault": False} for one in content["datasources"]]}
