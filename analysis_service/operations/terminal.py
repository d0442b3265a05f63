"""The terminal of an operator: what is said there, what is asked, and who sits at it."""

from __future__ import annotations

import getpass
import signal
import sys


def tell(line: str) -> None:
    """A line of what goes on."""
    print(line, flush=True)  # noqa: T201 - what was asked for


def say_why(sentence: str) -> None:
    """A refusal."""
    print(sentence, file=sys.stderr)  # noqa: T201 - the person at the terminal reads this, not a log


def typed(question: str) -> str:
    """The answer of whoever is at the terminal, nothing where nobody is. Ctrl-C ends it at once, as nothing else runs.

    Without that, the loop would only note it, and wait for the answer all the same.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(question)
    except EOFError:
        return ""
    finally:
        signal.signal(signal.SIGINT, before)


def operator() -> str:
    """Who is at the terminal, as the audit has it."""
    return f"operator {getpass.getuser()}"
