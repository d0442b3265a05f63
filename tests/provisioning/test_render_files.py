"""A tree on disk: whole at every moment, ours alone, and a sentence where the system refuses."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from provisioning.__main__ import main
from provisioning.errors import BadSite
from provisioning.render import files

MARK = {files.MARK: f"{files.MARKED}\n"}
OLD = {**MARK, PurePosixPath("a/one"): "1, as it was\n", PurePosixPath("b/gone"): "2\n"}
NEW = {**MARK, PurePosixPath("a/one"): "1, as it is\n", PurePosixPath("c d/é"): "3\n"}


class Killed(BaseException):
    """As by a signal: nothing of ours catches it."""


def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes is gone before the file of this step is where it belongs."""
    replace, done = Path.replace, iter(range(step + 1))

    def replaced(draft: Path, target: Path) -> Path:
        if next(done) == step:
            raise Killed
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", replaced)


@pytest.mark.parametrize("before", [{}, OLD], ids=["first", "again"])
@pytest.mark.parametrize("step", [0, 1])
def test_whoever_is_killed_while_writing_leaves_whole_files_and_the_next_one_ends_it(
    before: files.Tree, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out of here"
    files.write(out, before)
    with monkeypatch.context() as gone:
        killed_at(step, gone)
        with pytest.raises(Killed):
            files.write(out, NEW)
    for path, text in files.read(out).items():
        assert text in (before.get(path), NEW.get(path)) or path.suffix == ".new"
    files.write(out, NEW)
    assert files.read(out) == NEW


def test_a_link_to_somebody_elses_directory_is_refused_and_nothing_is_written_through_it(tmp_path: Path) -> None:
    files.write(tmp_path / "out", MARK)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "out" / "a").symlink_to(tmp_path / "theirs")
    with pytest.raises(BadSite, match=r"out/a: expected a directory, got a link to one$"):
        files.write(tmp_path / "out", NEW)
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_link_to_somebody_elses_file_becomes_a_file_and_theirs_stays_as_it_is(tmp_path: Path) -> None:
    files.write(tmp_path / "out", OLD)
    (tmp_path / "theirs").write_text("theirs")
    for name, target in (("a/one", "theirs"), ("a/.one.new", "theirs"), ("b/more", "nowhere")):
        (tmp_path / "out" / name).unlink(missing_ok=True)
        (tmp_path / "out" / name).symlink_to(tmp_path / target)
    files.write(tmp_path / "out", NEW)
    assert files.read(tmp_path / "out") == NEW
    assert not (tmp_path / "out/a/one").is_symlink()
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_bytes_are_compared_and_brought_back_as_they_were(tmp_path: Path) -> None:
    files.write(tmp_path, OLD)
    by_hand = {"a/one": b"1, as it was\r\n", "b/gone": b"caf\xe9\n"}
    for name, content in by_hand.items():
        (tmp_path / name).write_bytes(content)
    before = files.read(tmp_path)
    assert [str(path) for path in files.differences(before, OLD).changed] == ["a/one", "b/gone"]
    files.write(tmp_path, NEW)
    files.write(tmp_path, before)
    assert {name: (tmp_path / name).read_bytes() for name in by_hand} == by_hand


def test_where_nothing_can_be_written_the_place_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = "expected a directory whose files can be read and written"
    assert main(["render", "--out", "/dev/null/out"]) == 1
    assert capsys.readouterr().err == f"/dev/null/out: {wanted} (Not a directory)\n"
    files.write(tmp_path / "out", {**MARK, PurePosixPath("a/one/deep"): ""})
    with pytest.raises(BadSite, match=rf"out/a/one: {wanted} \(Is a directory\)"):
        files.write(tmp_path / "out", OLD)
