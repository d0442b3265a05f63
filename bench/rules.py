"""Whether a wrong number in a rule would be found: each is shifted by one step, and cases typed by hand must object.

Every number that stands in a row or constant of the rules, or in the catalogue and tables they are made from, is
shifted down and up by the smallest step in which it is measured (a time of whole minutes by a minute), one at a time.
Rules and sentences are built from it anew. A case of `tests/alert_rules` that fails has caught it; nothing else counts.
Numbers are found in the rows, not listed: those that are not shifted stand in a table, with the reason.

Beside it each panel of each dashboard is asked for data in a Prometheus that simulated patients have filled.

  python -m bench rules                 all of it, about six minutes on two cores
  python -m bench rules --of glucose    only numbers whose module or row has «glucose» in its name
  python -m bench rules --latency       something else: from a sample to the webhook, and what evaluation takes

With --latency so many patients cross a limit of their heart rate at random moments, and each alert goes through a
real Prometheus with all groups (those of a minute or less evaluated each 5 s) and a real Alertmanager to a webhook.
Then each group is evaluated over what a store knows of a thousand patients. The last line is then JSON: told (alerts),
asked_s (what the rule itself asks for before the sample that completes it), p50_s and p95_s from that sample to the
webhook, by severity too, ruled_p50_s to the alert's beginning; patients, groups, share_of_interval (of the group that
takes most of its own), share_of_a_core (all together). Ends with 1 where share_of_interval is above 0.25.

Else the last line is JSON: mutations, caught, missed; alerts and cases there are; dashboards, panels, with_data (panels
each of whose queries has an answer), rightly_empty (those that an episode fills and nothing else).
Ends with 1 where a mutation is missed, an alert has no number that is shifted, or a panel has no data; each is named.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from alert_rules.groups import ALERTS
from bench import mutants, panels, rules_latency
from bench.errors import BadOption
from bench.mutations import Mutation
from bench.progress import Tell, progress
from tests.alert_rules import typed

NAME = "rules"
SUMMARY = "whether cases typed by hand find each number of a rule that is shifted by one step"
TELL_EVERY = 25
WITHOUT_NUMBER = frozenset({"ChevetWatchdog"})
"""Alerts that hang on no number."""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `rules`."""
    add = parser.add_argument
    add("--latency", action="store_true", help="measure how fast rules are, not how well they are tested")
    add("--alerts", type=int, default=120, metavar="N", help="with --latency (default: %(default)s)")
    add("--patients", type=int, default=1000, metavar="N", help="with --latency (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the moments at which limits are crossed")
    add("--of", default="", metavar="WORD", help="only mutations with this in their name, and no panels")


def run(chosen: argparse.Namespace) -> int:
    """Measure, print the result, and say whether all is caught."""
    for name, least in (("alerts", 2), ("patients", 1)):
        if getattr(chosen, name) < least:
            raise BadOption(f"--{name}: expected at least {least}, got {getattr(chosen, name)}", field=f"--{name}")
    tell = progress()
    if chosen.latency:
        return rules_latency.measure(chosen, tell)
    return _measure(chosen.of, tell)


def _measure(of: str, tell: Tell) -> int:
    cases = typed.cases()
    tell(f"{len(cases)} cases typed by hand, of {len(ALERTS)} alerts")
    found = mutants.found(cases, of)
    odd = f"{len(found.refused)} refused, {len(found.idle)} without effect"
    tell(f"{len(found.mutants)} mutations, each another; {odd}")
    mutants.require_kept(cases, found.mutants)
    tell("the rules as they are keep all cases that speak of them")
    missed = _missed(found.mutants, tell)
    unshifted = [] if of else _unshifted(found.mutants)
    for name in unshifted:
        tell(f"{name}: no number of it is shifted")
    result = {
        "mutations": len(found.mutants),
        "caught": len(found.mutants) - len(missed),
        "missed": len(missed),
        "alerts": len(ALERTS),
        "cases": len(cases),
    }
    blank: Sequence[str] = ()
    if not of:
        tell("every query of every panel, put to a Prometheus that simulated patients have filled")
        shown = panels.shown()
        result |= shown.result()
        blank = shown.blank
        for name in blank:
            tell(f"{name}: no data")
    print(json.dumps(result))
    return 1 if missed or unshifted or blank else 0


def _missed(found: Sequence[mutants.Mutant], tell: Tell) -> list[Mutation]:
    missed: list[Mutation] = []
    for number, (mutant, caught) in enumerate(mutants.caught(found), start=1):
        if not caught:
            missed.append(mutant.mutation)
            tell(f"missed: {mutant.mutation} ({sum(len(one.cases) for one in mutant.trials)} cases)")
        if number % TELL_EVERY == 0 or number == len(found):
            tell(f"{number} of {len(found)}, missed so far {len(missed)}; {mutant.mutation}")
    return missed


def _unshifted(found: Sequence[mutants.Mutant]) -> list[str]:
    return sorted({alert.name for alert in ALERTS} - WITHOUT_NUMBER - {name for one in found for name in one.alerts})
