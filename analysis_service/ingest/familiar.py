"""Series that passed before, by the bytes of their labels: what need not be looked at again, and who goes on them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis_service.ingest.tolerances import NUMBERS
from chevet import metrics
from chevet.metrics import BY_NAME
from chevet.readings import Quality
from chevet.remote_write import Series, encode_labels

MOST_SERIES = 200_000
"""Of all gateways, about 600 bytes each. Beyond, what was used longest ago is judged in full when it comes again."""
MOST_PATIENTS = 8
"""For whom a series is kept ready; a gateway seldom changes hands."""


@dataclass(slots=True, eq=False)
class Familiar:
    """One series of a gateway. `number` is its row among tolerances; `seen` is its device with the vital.

    Equal to itself alone: whoever looks for None among many of them compares no fields.
    """

    labels: tuple[tuple[str, str], ...]
    number: int
    device: str
    seen: tuple[str, str]
    _stamped: dict[str, bytes] = field(default_factory=dict)

    def stamped(self, patient: str) -> bytes:
        """The bytes of its labels with the patient's among them."""
        ready = self._stamped.get(patient)
        if ready is None:
            if len(self._stamped) >= MOST_PATIENTS:
                self._stamped.clear()
            ready = encode_labels(sorted((*self.labels, (metrics.PATIENT, patient))))
            self._stamped[patient] = ready
        return ready


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
        for one in passed:
            made = _familiar(one)
            if made is not None:
                known.setdefault(encode_labels(made.labels), made)
        self._count += len(known) - before
        while self._count > self._most:
            _, forgotten = self._of.popitem(last=False)
            self._count -= len(forgotten)


def _familiar(one: Series) -> Familiar | None:
    labels = {name: value for name, value in one.labels if name != metrics.PATIENT}
    metric = BY_NAME.get(one.name)
    if metric is None or metric.vital is None:
        return None
    quality = labels.get(metrics.QUALITY, Quality.GOOD.value)
    device = labels[metrics.DEVICE]
    return Familiar(
        labels=tuple(sorted(labels.items())),
        number=NUMBERS[metric.name, quality],
        device=device,
        seen=(device, metric.vital.key),
    )
