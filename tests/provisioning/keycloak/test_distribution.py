"""Keycloak is unpacked once, whole or not at all; here a small archive, and an executable in the place of Java."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from pathlib import Path

import pytest

from provisioning.errors import NotInstalled
from provisioning.keycloak import distribution
from provisioning.keycloak.downloading import Download
from provisioning.local import programs

JAVA = """#!/bin/sh
echo prepared >>"$PREPARED"
for word; do case $word in -Dkc.home.dir=*) touch "${word#-Dkc.home.dir=}/lib/prepared";; esac; done
echo what it says
exit ${ENDS:-10}
"""


@pytest.fixture(autouse=True)
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own with the archive in it; the file says how often something was prepared."""
    cache = tmp_path / "cache" / "chevet"
    cache.mkdir(parents=True)
    archive = cache / f"{distribution.NAME}.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(f"{distribution.NAME}/lib/quarkus-run.jar", "a program")
    content = archive.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    small = Download(name="Keycloak", url="http://127.0.0.1:9/", size=len(content), sha256=digest)
    java = tmp_path / "java"
    java.write_text(JAVA)
    java.chmod(0o755)
    monkeypatch.setattr(distribution, "DOWNLOAD", small)
    monkeypatch.setitem(programs.PROGRAMS, "java", programs.Program(str(java), "openjdk-17-jre-headless"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PREPARED", str(tmp_path / "prepared"))
    return tmp_path / "prepared"


def silent(_: str) -> None:
    """Nobody is told."""


def test_it_is_unpacked_and_prepared_and_the_archive_is_not_kept() -> None:
    home = distribution.installed(silent)
    assert (home / "lib" / "prepared").exists()
    assert sorted(path.name for path in home.parent.iterdir()) == [distribution.NAME, f"{distribution.NAME}.lock"]
    assert distribution.require_home() == home


def test_of_two_that_begin_at_once_one_does_it(prepared: Path) -> None:
    both = [threading.Thread(target=distribution.installed, args=(silent,)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert prepared.read_text() == "prepared\n"


def test_one_that_does_not_prepare_itself_is_not_there_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDS", "1")
    with pytest.raises(NotInstalled, match="Keycloak: expected it to prepare itself, it said: what it says"):
        distribution.installed(silent)
    with pytest.raises(NotInstalled, match="expected Keycloak, found nothing"):
        distribution.require_home()
    monkeypatch.delenv("ENDS")
    assert distribution.installed(silent).is_dir()


def test_what_a_killed_run_left_behind_is_cleared_by_the_next() -> None:
    left = distribution.cache() / f".{distribution.NAME}-killed"
    (left / distribution.NAME).mkdir(parents=True)
    distribution.installed(silent)
    assert not left.exists()
