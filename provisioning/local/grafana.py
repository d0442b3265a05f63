"""A Grafana that is found on this machine: on loopback, with the rendered boards and sign-in, and silent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import BadSecrets, NotInstalled
from provisioning.local import probes
from provisioning.local.programs import written
from provisioning.local.rows import LOOPBACK, Launch, Place, Row
from provisioning.local.site import rendered, site
from provisioning.render import ini
from provisioning.render.grafana_sign_in import sign_in
from provisioning.secrets import GRAFANA_PASSWORD, Secrets

NAME = "grafana"
HOME = "CHEVET_GRAFANA_HOME"
PACKAGED = Path("/usr/share/grafana")
PROGRAMS = {"grafana": ("server",), "grafana-server": ()}
"""The program's names, newest first, and what follows each; the second is that of Grafana 9 and older."""

SILENT: ini.Settings = {
    "analytics": {
        "reporting_enabled": False,
        "check_for_updates": False,
        "check_for_plugin_updates": False,
        "feedback_links_enabled": False,
    },
    "news": {"news_feed_enabled": False},
    "plugins": {"preinstall_disabled": True, "plugin_admin_enabled": False, "public_key_retrieval_disabled": True},
    "snapshots": {"enabled": False, "external_enabled": False},
}
"""Nothing of it asks or tells anybody on the internet anything."""

QUIET: ini.Settings = {
    "unified_alerting": {"enabled": False},  # rules are Prometheus's
    "log": {"mode": "console", "level": "warn"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """The program with what follows it, and the folder of its own files."""

    program: tuple[str, ...]
    home: Path


def found(environment: Mapping[str, str] = os.environ, packaged: Path = PACKAGED) -> Installed | None:
    """The Grafana of CHEVET_GRAFANA_HOME, of PATH or of its package. Raises NotInstalled where the first has none."""
    wanted = environment.get(HOME)
    if wanted is not None:
        installed = _in(Path(wanted))
        if installed is None:
            names = " or ".join(f"bin/{name}" for name in PROGRAMS)
            raise NotInstalled(
                f"{HOME}: expected a folder with conf/defaults.ini and {names}, got {wanted}", field=HOME
            )
        return installed
    on_path = (shutil.which(name, path=environment.get("PATH", "")) for name in PROGRAMS)
    homes = [Path(one).resolve().parents[1] for one in on_path if one]
    candidates = (*homes, *(home / "share" / NAME for home in homes), packaged)
    return next((one for one in map(_in, candidates) if one), None)


def _in(home: Path) -> Installed | None:
    """What is installed in a folder: by its own settings it is known to be Grafana's."""
    if not (home / "conf" / "defaults.ini").is_file():
        return None
    for name, follows in PROGRAMS.items():
        if os.access(home / "bin" / name, os.X_OK):
            return Installed(program=(str(home / "bin" / name), *follows), home=home)
    return None


def row(installed: Installed, keys: Path) -> Row:
    """It is slow to start for the first time, and nothing waits for it."""

    def launch(place: Place) -> Launch:
        password = Secrets(directory=keys.absolute()).file(GRAFANA_PASSWORD)
        if not password.exists():
            raise BadSecrets(f"{password}: expected Grafana's password, found nothing", field=str(password))
        file = written(place.directory / "grafana.ini", ini.written(settings(place, keys)))
        command = (*installed.program, "--homepath", str(installed.home), "--config", str(file))
        return Launch(command=command, environment={"NO_PROXY": "*", "no_proxy": "*"})

    return Row(name=NAME, ports={"http": 3000}, launch=launch, ready=probes.http("/api/health"), ready_within=180.0)


def settings(place: Place, keys: Path) -> ini.Settings:
    """Its own folder for all that it writes; the password is read from its file."""
    here, there = place.directory, rendered(place.directory.parent) / NAME
    people = sign_in(site(place, keys))
    password = Secrets(directory=keys.absolute()).file(GRAFANA_PASSWORD)
    return {
        "paths": {
            "data": here / "data",
            "logs": here / "log",
            "plugins": here / "plugins",
            "provisioning": there / "provisioning",
        },
        "server": {
            "http_addr": LOOPBACK,
            "http_port": place.port("http"),
            "domain": LOOPBACK,
            "enforce_domain": True,  # another's name that leads to loopback shows it to nobody
            "root_url": f"{place.url()}/",
        },
        **people,
        "security": {
            **people["security"],
            "admin_user": "admin",
            "admin_password": f"$__file{{{password}}}",
            "disable_gravatar": True,
        },
        "dashboards": {"default_home_dashboard_path": there / "dashboards" / "en" / "ward.json"},
        **QUIET,
        **SILENT,
    }
