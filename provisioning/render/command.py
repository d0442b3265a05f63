"""`python -m provisioning render`: writes the tree of a site, or says by name what differs from it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from alert_rules.notifications.channels import Person, Smtp
from provisioning.render import files
from provisioning.render.site import Site
from provisioning.render.site_file import read
from provisioning.render.snippets import SNIPPETS, snippets
from provisioning.render.tree import tree

RENDERED = Path("rendered")
"""In a clone's root the committed tree, of the site as its row stands."""


def add_site(parser: argparse.ArgumentParser) -> None:
    """The option that every command about a site has."""
    parser.add_argument("--site", type=Path, metavar="FILE", help="what differs at your site, as TOML (none does)")
    parser.epilog = f"A site's fields: {_named(Site)}. Of mail: {_named(Smtp)}. Of each on_call: {_named(Person)}."


def _named(kind: type[Person] | type[Site] | type[Smtp]) -> str:
    return ", ".join(field.name for field in fields(kind))


def site_of(given: argparse.Namespace) -> Site:
    """The site that was asked for."""
    return Site() if given.site is None else read(given.site)


def add_out(parser: argparse.ArgumentParser) -> None:
    """Where the tree is written, and how much of it."""
    parser.add_argument("--out", type=Path, default=RENDERED, metavar="DIR", help="where it is written (%(default)s)")
    parser.add_argument("--snippets", action="store_true", help="with what is pasted into configuration of your own")


def made_of(site: Site, directory: Path, *, pasted: bool = False) -> files.Tree:
    """The tree, and what is pasted elsewhere where that is asked for or was: somebody's server may read it."""
    return {**tree(site), **(snippets(site) if pasted or (directory / SNIPPETS).is_dir() else {})}


def render(site: Site, directory: Path, *, pasted: bool = False) -> None:
    """Writes the tree, and says what that changed."""
    made = made_of(site, directory, pasted=pasted)
    touched = list(files.write(directory, made).lines())
    for line in touched:
        print(line)
    print(f"render: {len(made)} files in {directory}, {len(touched)} of them touched")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_site(parser)
    add_out(parser)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where a file differs")


def run(given: argparse.Namespace) -> int:
    """1 where --check finds a difference."""
    if given.check:
        made = made_of(site_of(given), given.out, pasted=given.snippets)
        return _checked(given.out, files.differences(files.read(given.out), made))
    render(site_of(given), given.out, pasted=given.snippets)
    return 0


def _checked(directory: Path, found: files.Differences) -> int:
    lines = list(found.lines(("is missing", "differs", "is not rendered")))
    for line in lines:
        print(line)
    print(f"{directory}: {len(lines)} files are not as they are rendered" + (", run `make render`" if lines else ""))
    return 1 if lines else 0
