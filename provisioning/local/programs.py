"""Where the programs of the Debian packages are, and the one line that installs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from provisioning.errors import NotInstalled

PACKAGES = {
    "rabbitmq-server": "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "rabbitmqctl": "/usr/lib/rabbitmq/bin/rabbitmqctl",
    "epmd": "/usr/bin/epmd",
    "prometheus": "/usr/bin/prometheus",
    "promtool": "/usr/bin/promtool",
    "prometheus-alertmanager": "/usr/bin/prometheus-alertmanager",
    "initdb": "/usr/lib/postgresql/15/bin/initdb",
    "postgres": "/usr/lib/postgresql/15/bin/postgres",
    "createdb": "/usr/bin/createdb",
    "dropdb": "/usr/bin/dropdb",
}
INSTALL = "apt-get install --no-install-recommends rabbitmq-server prometheus prometheus-alertmanager"


def program(name: str) -> str:
    """The package's own place first: what PATH has for the broker insists on a service account."""
    if os.access(PACKAGES[name], os.X_OK):
        return PACKAGES[name]
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(f"{name}: not found at {PACKAGES[name]} nor on PATH; install it with `sudo {INSTALL}`")
    return found


def written(path: Path, text: str) -> Path:
    """A configuration file with what may be secret in it: for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text)
    return path
