"""Where the programs of the Debian packages are, and the line that installs one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from provisioning.errors import NotInstalled

INSTALL = "apt-get install --no-install-recommends"


class Program(NamedTuple):
    """Where it is, and the Debian package that puts it there."""

    path: str
    package: str


PROGRAMS = {
    "rabbitmq-server": Program("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"),
    "rabbitmqctl": Program("/usr/lib/rabbitmq/bin/rabbitmqctl", "rabbitmq-server"),
    "epmd": Program("/usr/bin/epmd", "rabbitmq-server"),
    "prometheus": Program("/usr/bin/prometheus", "prometheus"),
    "promtool": Program("/usr/bin/promtool", "prometheus"),
    "prometheus-alertmanager": Program("/usr/bin/prometheus-alertmanager", "prometheus-alertmanager"),
    "amtool": Program("/usr/bin/amtool", "prometheus-alertmanager"),
    "initdb": Program("/usr/lib/postgresql/15/bin/initdb", "postgresql-15"),
    "postgres": Program("/usr/lib/postgresql/15/bin/postgres", "postgresql-15"),
    "createdb": Program("/usr/lib/postgresql/15/bin/createdb", "postgresql-15"),
    "dropdb": Program("/usr/lib/postgresql/15/bin/dropdb", "postgresql-15"),
    "chromium": Program("/usr/bin/chromium", "chromium"),
    "nginx": Program("/usr/sbin/nginx", "nginx-light"),
    "java": Program("/usr/bin/java", "openjdk-17-jre-headless"),
    "wrk": Program("/usr/bin/wrk", "wrk"),
}
"""Every package stands in a group of install.sh, too."""


def program(name: str) -> str:
    """The package's own place first: what PATH has for the broker insists on a service account."""
    path, package = PROGRAMS[name]
    if os.access(path, os.X_OK):
        return path
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(f"{name}: not found at {path} nor on PATH; install it with `sudo {INSTALL} {package}`")
    return found


def written(path: Path, text: str) -> Path:
    """A configuration file with what may be secret in it: for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text)
    return path
