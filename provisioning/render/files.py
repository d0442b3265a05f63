"""A tree on disk: what differs from it, and how it is brought there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from provisioning.errors import BadSite

MARK = PurePosixPath("README.md")
"""Only in a directory with this file, or in an empty one, is what is not rendered removed."""
MARKED = "# Rendered, not written"
Tree = Mapping[PurePosixPath, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Paths by what became of them, each sorted."""

    added: tuple[PurePosixPath, ...]
    changed: tuple[PurePosixPath, ...]
    removed: tuple[PurePosixPath, ...]

    def lines(self, words: tuple[str, str, str] = ("added", "changed", "removed")) -> Iterable[str]:
        """One line for each file."""
        for word, paths in zip(words, (self.added, self.changed, self.removed), strict=True):
            for path in paths:
                yield f"{path}: {word}"


def read(directory: Path) -> Tree:
    """Every file that is there, to the byte. Raises BadSite where they are somebody else's, or cannot be read."""
    with _told(directory):
        _require_own(directory)
        paths = [path for path in sorted(directory.rglob("*")) if path.is_symlink() or not path.is_dir()]
        _require_no_way_out(paths)
        return {PurePosixPath(path.relative_to(directory)): _text(path) for path in paths}


def differences(before: Tree, after: Tree) -> Differences:
    """What `after` does to `before`."""
    return Differences(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def write(directory: Path, tree: Tree) -> Differences:
    """Makes `directory` this tree and nothing else. Each file is whole at every moment, for servers read them."""
    found = differences(read(directory), tree)
    with _told(directory):
        for path in (*found.added, *found.changed):
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            _draft(file).unlink(missing_ok=True)
            _draft(file).write_bytes(tree[path].encode("utf-8", errors="surrogateescape"))
            _draft(file).replace(file)
        for path in found.removed:
            (directory / path).unlink(missing_ok=True)  # a draft of somebody who was killed is a file by now
            _drop_empty(directory, directory / path.parent)
    return found


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    """What the system refuses, as a sentence."""
    try:
        yield
    except OSError as problem:
        where = problem.filename2 or problem.filename or directory
        wanted = "a directory whose files can be read and written"
        raise BadSite(f"{where}: expected {wanted} ({problem.strerror})", field=str(where)) from None


def _draft(file: Path) -> Path:
    return file.with_name(f".{file.name}.new")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="surrogateescape") if path.is_file() else ""


def _require_own(directory: Path) -> None:
    """Somebody's /etc is not to be emptied by one wrong word."""
    mark = directory / MARK
    ours = mark.is_file() and _text(mark).startswith(MARKED)
    if directory.exists() and not ours and (not directory.is_dir() or _has_more_than(directory, _draft(mark))):
        wanted = "an empty directory, or one that was rendered before"
        raise BadSite(f"{directory}: expected {wanted}, got one with other files", field=str(directory))


def _has_more_than(directory: Path, draft: Path) -> bool:
    """The mark is the first file of all: whoever was killed before it stood left its draft alone."""
    return any(path != draft for path in directory.iterdir())


def _require_no_way_out(paths: Iterable[Path]) -> None:
    """Through a link to a directory we would write among somebody else's files, and never see what is there."""
    for path in paths:
        if path.is_symlink() and path.is_dir():
            raise BadSite(f"{path}: expected a directory, got a link to one", field=str(path))


def _drop_empty(directory: Path, folder: Path) -> None:
    while folder != directory and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
