"""What Prometheus's and Alertmanager's own tools say of a rendered tree."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from alert_rules.notifications.told import TOLD
from chevet.errors import expected
from provisioning.errors import Refused
from provisioning.render import files, tools
from provisioning.render.keys import require_secrets, secret_files
from provisioning.render.site import Site
from provisioning.render.tree import tree


def of_site(site: Site) -> Iterator[str]:
    """A line for each check. Raises BadSite for a secret that is missing, Refused for what a tool does not take."""
    require_secrets(site)
    yield from _of_copy(site)


def of_any_site(site: Site) -> Iterator[str]:
    """As `of_site`, with secrets that are made for the moment: for a machine that is not the site's."""
    with tempfile.TemporaryDirectory() as keys:
        elsewhere = replace(site, secrets=keys)
        for _, file in secret_files(elsewhere):
            Path(file).parent.mkdir(exist_ok=True)
            Path(file).write_text("a secret for the moment")
        yield from _of_copy(elsewhere)


def _of_copy(site: Site) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        files.write(Path(folder), tree(site))
        try:
            yield from _said(Path(folder))
        except Refused as refusal:
            raise Refused(str(refusal).replace(f"{folder}/", "")) from None


def _said(folder: Path) -> Iterator[str]:
    rules = sorted((folder / "prometheus" / "rules").iterdir())
    counted = re.findall(r"(\d+) rules found", tools.answer("promtool check rules", "--lint-fatal", *rules))
    yield f"promtool check rules: {sum(map(int, counted))} rules in {len(rules)} groups"
    tools.answer("promtool check config", folder / "prometheus" / "prometheus.yml")
    yield "promtool check config: Prometheus takes it"
    file = folder / "alertmanager" / "alertmanager.yml"
    tools.answer("amtool check-config", file)
    yield "amtool check-config: Alertmanager takes it, with its templates"
    for told in TOLD:
        _require_told(file, dict(told.labels), told.receivers)
    yield f"amtool config routes test: {len(TOLD)} alerts reach whom they should"


def _require_told(file: Path, labels: dict[str, str], receivers: tuple[str, ...]) -> None:
    """Alertmanager's own routing says what our rows say."""
    asked = [f"{name}={value}" for name, value in labels.items()]
    found = tools.answer("amtool config routes test", f"--config.file={file}", *asked).strip()
    if found != ",".join(receivers):
        raise Refused(expected(f"routes of {labels['alertname']}", ",".join(receivers), found))
