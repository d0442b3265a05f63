"""`python -m provisioning keycloak`: sees that Keycloak is there to be started, and says where."""

from __future__ import annotations

import argparse

from provisioning.keycloak.distribution import DOWNLOAD, installed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        f"{DOWNLOAD.megabytes} MB are fetched into XDG_CACHE_HOME, or ~/.cache, through the proxies that https_proxy "
        "and no_proxy name. A download that was cut goes on where it ended."
    )


def run(_: argparse.Namespace) -> int:
    print(installed(lambda sentence: print(sentence, flush=True)))
    return 0
