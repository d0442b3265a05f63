"""The whole tree of a site: every file by its path, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from alert_rules.groups import GROUPS
from alert_rules.links import Links
from alert_rules.notifications.alertmanager import alertmanager
from alert_rules.notifications.letters import letters
from alert_rules.prometheus import manifest, require_own_names, rule_file
from chevet import metrics
from dashboards.boards import BOARDS
from dashboards.grafana import rendered
from dashboards.rows import LANGUAGES
from provisioning.render import files, grafana, grafana_sign_in, prometheus
from provisioning.render.realm import realm
from provisioning.render.site import Site

ABOUT = f"""\
{files.MARKED}

`make render` makes this directory from rows, and removes from it what is not rendered. A file that is changed here by
hand fails `make test` by its name.

- `prometheus/`: `prometheus.yml`, its `rules/`, and for `prometheus @flags`, what only a command line can say
- `operator/`: the same rules as PrometheusRule manifests, for Prometheus-Operator
- `alertmanager/`: who is told what, and in which words
- `grafana/`: how people sign in, the data source, the folders, and the dashboards in English and French
- `keycloak/`: the realm, which Keycloak imports where there is none; for each secret, a variable of its environment

Addresses, folders and people are a site's: `python -m provisioning render --site site.toml --out DIR` renders another.
Secrets are never here: the files name where they are.
"""
OPENED_BY = (metrics.PATIENT, metrics.GATEWAY)
"""The choices of a dashboard that an alert can make."""


def tree(site: Site) -> Mapping[PurePosixPath, str]:
    """What is written where. Raises BadRow where two rows have one name."""
    require_own_names(GROUPS)
    servers = (*_prometheus(site), *_alertmanager(site), *_grafana(site), *_keycloak(site))
    parts = ((str(files.MARK), ABOUT), *servers, *_dashboards())
    return {PurePosixPath(path): text for path, text in sorted(parts)}


def links(site: Site) -> Links:
    """Where alerts lead at this site."""
    choices = {
        board.uid("en"): variable.name for board in BOARDS for variable in board.variables if variable.name in OPENED_BY
    }
    return Links(runbooks=site.runbooks, grafana=site.grafana, choices=choices)


def _prometheus(site: Site) -> Iterator[tuple[str, str]]:
    yield "prometheus/prometheus.yml", prometheus.config(site)
    yield "prometheus/flags", prometheus.flags(site)
    lead = links(site)
    for group in GROUPS:
        yield f"prometheus/rules/{group.name}.yml", rule_file(group, lead)
        yield f"operator/{group.name}.yml", manifest(group, lead)


def _alertmanager(site: Site) -> Iterator[tuple[str, str]]:
    yield "alertmanager/alertmanager.yml", alertmanager(site.channels)
    for name, text in letters().items():
        yield f"alertmanager/templates/{name}", text


def _grafana(site: Site) -> Iterator[tuple[str, str]]:
    yield "grafana/grafana.ini", grafana_sign_in.rendered(site)
    yield "grafana/provisioning/datasources/chevet.yml", grafana.data_source(site)
    yield "grafana/provisioning/dashboards/chevet.yml", grafana.providers(site)


def _keycloak(site: Site) -> Iterator[tuple[str, str]]:
    yield "keycloak/chevet-realm.json", realm(site)


def _dashboards() -> Iterator[tuple[str, str]]:
    for board in BOARDS:
        for language in LANGUAGES:
            yield f"grafana/dashboards/{language}/{board.name.replace('_', '-')}.json", rendered(board, language)
