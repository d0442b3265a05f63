"""What the service's answers to a batch or an alert mean, as rows: the first that fits decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from exporters.gateway.server import Answer

PROBLEM = "urn:chevet:problem:"


class Meaning(StrEnum):
    """What to do with what was sent."""

    DONE = "done"
    KEEP = "keep"
    HALVE = "halve"
    DEAD = "dead_letter"


@dataclass(frozen=True, slots=True)
class Row:
    """`reason` is the label of the metric that says why something waits."""

    meaning: Meaning
    reason: str
    fits: Callable[[Answer, str], bool]


def _names_the_batch(answer: Answer, batch: str) -> bool:
    problem = answer.problem
    return str(problem.get("type", "")).startswith(PROBLEM) and problem.get("batch") == batch


ROWS = (
    Row(Meaning.KEEP, "no_answer", lambda answer, batch: answer.status is None),
    # A captive portal answers 200 to anything, a proxy whatever it likes: only our own service may end a batch's life.
    Row(Meaning.KEEP, "not_the_service", lambda answer, batch: not answer.ours),
    Row(Meaning.DONE, "stored", lambda answer, batch: answer.succeeded),
    Row(Meaning.DEAD, "refused", lambda answer, batch: answer.status in (400, 422) and _names_the_batch(answer, batch)),
    Row(Meaning.HALVE, "too_large", lambda answer, batch: answer.status == 413),
    Row(Meaning.KEEP, "unauthorized", lambda answer, batch: answer.status in (401, 403)),
    Row(Meaning.KEEP, "throttled", lambda answer, batch: answer.status == 429),
    Row(Meaning.KEEP, "unavailable", lambda answer, batch: (answer.status or 0) >= 500),
    Row(Meaning.KEEP, "odd_answer", lambda answer, batch: True),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means, and the sentence that says why."""

    meaning: Meaning
    reason: str
    sentence: str
    retry_after: float


def verdict(answer: Answer, batch: str) -> Verdict:
    """What `answer` to the batch of this name means."""
    row = next(row for row in ROWS if row.fits(answer, batch))
    return Verdict(row.meaning, row.reason, _sentence(answer), answer.retry_after)


def verdict_on_alert(answer: Answer) -> Verdict:
    """The same for an alert, which is kept whatever the status: no status makes a patient's alert go away."""
    of_batch = verdict(answer, "")
    if of_batch.meaning is Meaning.DONE:
        return of_batch
    return Verdict(Meaning.KEEP, of_batch.reason, of_batch.sentence, of_batch.retry_after)


def _sentence(answer: Answer) -> str:
    if answer.status is None:
        return f"the service does not answer ({answer.failure})"
    if not answer.ours:
        return f"something on the way answered {answer.status} in place of the service: no X-Chevet header"
    detail = answer.problem.get("detail")
    return f"the service answered {answer.status}" + (f": {detail}" if detail else "")
