"""`python -m bench rules --latency`: from a sample to the webhook, and what it takes to evaluate all rules for many.

First so many patients cross a limit of their heart rate at random moments, and each alert goes through a real
Prometheus and a real Alertmanager to a webhook. Then each group is evaluated over what a store knows of many patients.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from bench import chain, evaluation
from bench.progress import Tell

MOST = 0.25
WORST = 3


def measure(chosen: argparse.Namespace, tell: Tell) -> int:
    """Measure, print the result, and say whether the bound is kept."""
    directory = Path(tempfile.mkdtemp(prefix="chevet-rules-"))
    try:
        delays = chain.delays(directory / "chain", chosen.alerts, chosen.seed, tell)
        groups = evaluation.evaluated(directory / "evaluation", chosen.patients, tell)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    worst = sorted(groups, key=lambda one: -one.share)[:WORST]
    tell("most of their interval take " + ", ".join(f"{one.group.name} {100 * one.share:.1f} %" for one in worst))
    evaluated = {
        "patients": chosen.patients,
        "groups": len(groups),
        "share_of_interval": round(worst[0].share, 4),
        "share_of_a_core": round(sum(one.share for one in groups), 4),
    }
    print(json.dumps({**chain.told(delays), **evaluated}))
    return 1 if worst[0].share > MOST else 0
