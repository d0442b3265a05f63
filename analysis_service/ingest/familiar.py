"""Series that passed before, by the bytes of their labels: what need not be looked at again, and who goes on them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from analysis_service.ingest.tolerances import NUMBERS
from chevet import metrics
from chevet.metrics import BY_NAME
from chevet.readings import Quality
from chevet.remote_write import Series, encode_labels

Pair = tuple[str, str]
"""A device and a vital of it."""
MOST_SERIES = 200_000
"""Of all gateways, about 1,100 bytes each. Beyond, what was used longest ago is judged in full when it comes again."""


@dataclass(slots=True, eq=False)
class Familiar:
    """One series of a gateway, `encoded` as its labels come. `number` is its row among tolerances.

    `seen` is its device with the vital, one object for all series of both. `after` is the series that came behind it
    last time, and likely does again. Equal to itself alone: whoever looks for one twice compares no fields.
    """

    encoded: bytes
    labels: tuple[tuple[str, str], ...]
    number: int
    seen: Pair
    after: Familiar | None = None
    _patient: str | None = None
    _stamped: bytes = b""

    def stamped(self, patient: str) -> bytes:
        """The bytes of its labels with the patient's among them. A gateway seldom changes hands, so one is kept."""
        if self._patient != patient:
            self._stamped = encode_labels(sorted((*self.labels, (metrics.PATIENT, patient))))
            self._patient = patient
        return self._stamped


Known = dict[bytes, Familiar]


class Acquaintance:
    """What is familiar of every gateway, as long as there is room."""

    def __init__(self, most: int = MOST_SERIES) -> None:
        self._most = most
        self._count = 0
        self._of: OrderedDict[str, Known] = OrderedDict()

    def of(self, gateway: str) -> Known:
        """Series by the bytes of their labels, as the gateway sends them."""
        known = self._of.get(gateway)
        if known is None:
            return {}
        self._of.move_to_end(gateway)
        return known

    def remember(self, gateway: str, passed: Iterable[Series]) -> None:
        """The vitals among what passed, stamped with a patient as it is."""
        known = self._of.setdefault(gateway, {})
        self._of.move_to_end(gateway)
        before = len(known)
        pairs = {row.seen: row.seen for row in known.values()}
        for one in passed:
            made = _familiar(one, pairs)
            if made is not None:
                known.setdefault(made.encoded, made)
        self._count += len(known) - before
        while self._count > self._most:
            _, forgotten = self._of.popitem(last=False)
            self._count -= len(forgotten)
            for row in forgotten.values():
                row.after = None  # they stand in a ring, and would stay until the collector comes


def _familiar(one: Series, pairs: dict[Pair, Pair]) -> Familiar | None:
    metric = BY_NAME.get(one.name)
    if metric is None or metric.vital is None:
        return None
    labels = tuple(sorted(label for label in one.labels if label[0] != metrics.PATIENT))
    said = dict(labels)
    seen = (said[metrics.DEVICE], metric.vital.key)
    return Familiar(
        encoded=encode_labels(labels),
        labels=labels,
        number=NUMBERS[metric.name, said.get(metrics.QUALITY, Quality.GOOD.value)],
        seen=pairs.setdefault(seen, seen),
    )
