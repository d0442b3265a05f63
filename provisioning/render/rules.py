"""`python -m provisioning rules`: has Prometheus's and Alertmanager's own tools check all of it, and renders it then.

What they refuse is not written: servers may read what is there.
"""

from __future__ import annotations

import argparse
import time

from provisioning.render import command, verdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    command.add_site(parser)
    command.add_out(parser)


def run(given: argparse.Namespace) -> int:
    """A site's own secrets must be there; of the committed tree's, on whatever machine, only that they are named."""
    began, site = time.monotonic(), command.site_of(given)
    for line in verdict.of_any_site(site) if given.site is None else verdict.of_site(site):
        print(line)
    command.render(site, given.out, pasted=given.snippets)
    print(f"all good, in {time.monotonic() - began:.1f} s")
    return 0
