"""Prometheus's and Alertmanager's own tools: what one says, or its refusal as one sentence."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from provisioning.errors import Refused
from provisioning.local.programs import program

PATIENCE = 60.0
_FAILED = re.compile(r"FAILED:\s*(.*)", re.DOTALL)


def answer(asked: str, *arguments: str | Path) -> str:
    """What the tool writes, such as `promtool check rules`. Raises Refused with what it does not like."""
    tool, *verb = asked.split()
    command = (program(tool), *verb, *map(str, arguments))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(f"{asked}: expected an answer within {PATIENCE:g} s, got none") from None
    if done.returncode:
        raise Refused(f"{asked}: {_sentence(done.stdout, done.stderr)}")
    return done.stdout


def _sentence(out: str, error: str) -> str:
    """promtool says it beside the answer, amtool in it; both go on with what is beside the point."""
    told = _FAILED.search(error) or _FAILED.search(out)
    text = told[1] if told else error or out
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "refused without a word"
