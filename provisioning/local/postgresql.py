"""PostgreSQL: a cluster of its own, on loopback and a socket that its owner alone may use, with a password."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from provisioning.errors import DidNotStart
from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import LOOPBACK, Launch, Place, Row

NAME = "postgresql"
USER = "chevet"
DATABASE = "postgres"
"""What a new cluster has; ours are made in it."""
RUNS_AS = ("postgres", "nobody")
"""In place of root, whom PostgreSQL refuses."""
PROTOCOL = 3 << 16
HELLO = b"".join(word.encode() + b"\0" for word in ("user", USER, "database", DATABASE, ""))
STARTUP = struct.pack(">II", 8 + len(HELLO), PROTOCOL) + HELLO
AUTHENTICATE = b"R"
"""Only a server that lets clients in asks who they are; one that starts or recovers answers with an error."""
CONF: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # a statement's values are names and numbers
}


def data(place: Place) -> Path:
    """Where the cluster lies: in its place; where root starts it, in a directory that its own user can reach.

    Root's directories, those of tests above all, are closed to everybody else, and opening them is not ours to do.
    """
    if os.geteuid() != 0:
        return place.directory / "data"
    name = hashlib.sha256(str(place.directory).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"chevet-postgresql-{name}" / "data"


def discard(place: Place) -> None:
    """Remove a cluster that nobody wants any more."""
    shutil.rmtree(data(place).parent if os.geteuid() == 0 else data(place), ignore_errors=True)


def row(password: str, *, durable: bool = True) -> Row:
    """The cluster with USER as its owner. One that is not durable outlives its processes, but no loss of power."""

    def launch(place: Place) -> Launch:
        where = data(place)
        if not (where / "PG_VERSION").exists():
            _initialise(where, password)
        chosen = {
            **CONF,
            "fsync": "on" if durable else "off",
            "port": str(place.port("sql")),
            "unix_socket_directories": str(where.parent),
        }
        settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        return Launch(command=(*_as_its_user(), program("postgres"), "-D", str(where), *settings))

    ready = probes.speaks("sql", STARTUP, AUTHENTICATE)
    # By SIGTERM it would wait for its clients to leave.
    return Row(name=NAME, ports={"sql": 5432}, launch=launch, ready=ready, stop_signal=signal.SIGINT)


def _initialise(where: Path, password: str) -> None:
    known = written(where.parent / "password", password)
    if os.geteuid() == 0:
        for path in (where.parent, known):
            os.chown(path, _its_user().pw_uid, _its_user().pw_gid)
    command = (*_as_its_user(), program("initdb"), "-D", str(where), "--username", USER, f"--pwfile={known}")
    options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
    done = subprocess.run((*command, *options), cwd="/", capture_output=True, text=True, check=False, timeout=60)
    known.unlink()
    if done.returncode != 0:
        raise DidNotStart(f"postgresql: expected initdb to make a cluster in {where}, it said: {done.stderr.strip()}")


def _as_its_user() -> tuple[str, ...]:
    """What stands before a command of PostgreSQL: nothing, unless we are root."""
    if os.geteuid() != 0:
        return ()
    owner = _its_user()
    return ("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--")


def _its_user() -> pwd.struct_passwd:
    known = {one.pw_name: one for one in pwd.getpwall()}
    return next(known[name] for name in RUNS_AS if name in known)
