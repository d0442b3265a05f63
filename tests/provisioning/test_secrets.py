"""Keys and credentials: for their owner alone, and never lost by asking again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from chevet.roles import Right, may
from provisioning import secrets
from provisioning.__main__ import main


def contents(directory: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_every_file_is_0600_and_every_folder_0700_whatever_the_directory_was(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    secrets.make(tmp_path, ("g01", "g02"))
    modes = {path: path.stat().st_mode & 0o777 for path in (tmp_path, *tmp_path.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


def test_what_is_there_is_kept_and_only_what_is_missing_is_made(tmp_path: Path) -> None:
    secrets.make(tmp_path, ("g01",))
    before = contents(tmp_path)
    written = secrets.make(tmp_path, ("g01", "g02"))
    assert {path.name for path in written} == {"g02.json"}
    assert contents(tmp_path).items() >= before.items()


def test_renew_makes_every_secret_anew(tmp_path: Path) -> None:
    secrets.make(tmp_path, ("g01",))
    before = contents(tmp_path)
    secrets.make(tmp_path, ("g01",), renew=True)
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    same = {path.name for path in after if after[path] == before[path]}
    assert same == {secrets.AUDIT_KEY, secrets.BACKUP_KEY}, "what they signed and sealed could be read no more"


def test_when_the_issuer_moves_its_address_is_amended_and_the_secret_stays(tmp_path: Path) -> None:
    secrets.make(tmp_path, ("g01",), token_url="http://127.0.0.1:1/token")
    path = secrets.Secrets(directory=tmp_path).gateway_credentials("g01")
    before = json.loads(path.read_text())
    secrets.make(tmp_path, ("g01",), token_url="http://127.0.0.1:2/token")
    assert json.loads(path.read_text()) == {**before, "token_url": "http://127.0.0.1:2/token"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_alertmanager_has_credentials_of_its_own_and_no_right_but_to_tell(tmp_path: Path) -> None:
    secrets.make(tmp_path, ())
    kept = secrets.Secrets(directory=tmp_path)
    known = json.loads(kept.client_credentials("alertmanager").read_text())
    assert known["client_id"] == "alertmanager"
    assert kept.client_secret("alertmanager").read_text() == known["client_secret"]
    [client] = [one for one in secrets.CLIENTS if one.client_id == "alertmanager"]
    assert [right.value for right in Right if may(frozenset(client.roles), right)] == ["tell what Alertmanager tells"]


def test_the_sheets_public_key_belongs_to_its_private_one(tmp_path: Path) -> None:
    secrets.make(tmp_path, ())
    private = load_pem_private_key((tmp_path / secrets.SHEET_KEY).read_bytes(), None)
    public = load_pem_public_key((tmp_path / secrets.SHEET_PUBLIC_KEY).read_bytes())
    assert isinstance(private, Ed25519PrivateKey)
    assert isinstance(public, Ed25519PublicKey)
    public.verify(private.sign(b"sheet"), b"sheet")


def test_the_command_says_what_it_wrote_and_what_it_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrets", str(tmp_path / "a b"), "--gateway", "g07"]) == 0
    assert "gateways/g07.json" in capsys.readouterr().out
    assert main(["secrets", str(tmp_path / "a b"), "--gateway", "g07"]) == 0
    assert "0 files written" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../g01", "", "a/b", "-x"])
def test_a_gateways_id_that_would_be_a_path_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["secrets", str(tmp_path), f"--gateway={name}"])
    assert not contents(tmp_path)


def test_a_program_that_cannot_read_json_finds_its_secret_alone_in_a_file(tmp_path: Path) -> None:
    kept = secrets.Secrets(directory=tmp_path)
    for renew in (False, True):
        secrets.make(tmp_path, (), renew=renew)
        known = json.loads(kept.client_credentials("prometheus").read_text())
        assert kept.client_secret("prometheus").read_text() == known["client_secret"]
    assert not kept.client_secret("nurse").exists()
