"""Where Keycloak is unpacked: once, whole or not at all, and prepared so that each start of it is a quick one."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.errors import NotInstalled
from provisioning.keycloak.downloading import Download, Tell, fetched
from provisioning.local.programs import program

VERSION = "26.7.3"
NAME = f"keycloak-{VERSION}"
DOWNLOAD = Download(
    name=f"Keycloak {VERSION}",
    url=f"https://repo1.maven.org/maven2/org/keycloak/keycloak-quarkus-dist/{VERSION}/keycloak-quarkus-dist-{VERSION}.zip",
    size=176_710_367,
    sha256="27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f",
)
MODE = "start-dev"
JAVA = (
    "-Xms64m",
    "-Xmx320m",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+ExitOnOutOfMemoryError",
    # These two halve the start; a server that runs for months is better without them.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    *(
        f"--add-opens=java.base/java.{package}=ALL-UNNAMED"
        for package in ("lang", "security", "util", "util.concurrent")
    ),
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
)
"""Of the script that Keycloak comes with, what matters here: through a shell its process would not be ours to end."""
ENTRY = "io.quarkus.bootstrap.runner.QuarkusEntryPoint"
PREPARED = 10
"""The exit status with which it says that it has prepared itself, and wants to be started again."""
SHARED = ("conf", "lib", "providers", "themes", "version.txt")
"""What runs of it have in common; each writes into folders of its own beside them."""


def cache() -> Path:
    """Ours, outside any clone."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chevet"


def require_home() -> Path:
    """Where it is prepared. Raises NotInstalled where it was never fetched."""
    home = cache() / NAME
    if not home.is_dir():
        raise NotInstalled(
            f"{home}: expected {DOWNLOAD.name}, found nothing; `python -m provisioning keycloak` fetches it"
        )
    return home


def installed(tell: Tell) -> Path:
    """Where it is prepared; fetched, unpacked and prepared first where it is not. Raises NotFetched, NotInstalled."""
    folder = cache()
    home = folder / NAME
    if home.is_dir():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if not home.is_dir():  # somebody else may have been at it while we waited
            for left in folder.glob(f".{NAME}-*"):  # of a run that was killed while it unpacked
                shutil.rmtree(left)
            archive = fetched(DOWNLOAD, folder / f"{NAME}.zip", tell)
            tell(f"{DOWNLOAD.name}: unpacking and preparing it, which takes some 20 s")
            _unpack(archive, home)
            archive.unlink()
    return home


def command(home: Path, *arguments: str, prepared: bool = True) -> tuple[str, ...]:
    """The command line of a Keycloak that lives in `home`."""
    known = ("-Dkc.config.built=true",) if prepared else ()
    places = (f"-Dkc.home.dir={home}", f"-Djboss.server.config.dir={home / 'conf'}")
    return (program("java"), *JAVA, *known, *places, "-cp", str(home / "lib" / "quarkus-run.jar"), ENTRY, *arguments)


def _unpack(archive: Path, home: Path) -> None:
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{NAME}-") as draft:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(draft)  # its digest is known
        fresh = Path(draft) / NAME
        done = subprocess.run(command(fresh, MODE, prepared=False), capture_output=True, text=True, check=False)
        if done.returncode != PREPARED:
            raise NotInstalled(f"{DOWNLOAD.name}: expected it to prepare itself, it said: {done.stdout}{done.stderr}")
        shutil.rmtree(fresh / "data", ignore_errors=True)
        fresh.rename(home)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that begin at one moment fetch it once."""
    with (folder / f"{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
