"""A tree on disk: what differs from it, and how it is brought there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """Every file that is there. Raises BadSite where they are somebody else's."""
    _require_own(directory)
    return {
        PurePosixPath(path.relative_to(directory)): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


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
    for path in (*found.added, *found.changed):
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.write_text(tree[path], encoding="utf-8")
        draft.replace(file)
    for path in found.removed:
        (directory / path).unlink()
        _drop_empty(directory, directory / path.parent)
    return found


def _require_own(directory: Path) -> None:
    """Somebody's /etc is not to be emptied by one wrong word."""
    mark = directory / MARK
    ours = mark.is_file() and mark.read_text(encoding="utf-8", errors="replace").startswith(MARKED)
    if directory.exists() and not ours and (not directory.is_dir() or any(directory.iterdir())):
        wanted = "an empty directory, or one that was rendered before"
        raise BadSite(f"{directory}: expected {wanted}, got one with other files", field=str(directory))


def _drop_empty(directory: Path, folder: Path) -> None:
    while folder != directory and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
