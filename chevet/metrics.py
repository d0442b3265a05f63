"""Every metric and label name, and whether it is clinical or technical. Nothing else spells a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chevet.errors import BadRow
from chevet.severities import Kind
from chevet.vitals import DEVICE_VITALS, Vital

MEAN, LOW, HIGH, READINGS, STRAGGLER, LATEST = "", "_min", "_max", "_readings", "_straggler", "_latest"

GATEWAY, DEVICE, PATIENT, QUALITY, VITAL = "gateway", "device", "patient", "quality", "vital"
PROCESS = "process"
GATEWAY_PROCESSES = ("intake", "urgent", "uplink", "exporter", "agent", "radio")
"""What a gateway's own metric travels with besides its labels: the gateway, and which of its processes says it."""

BY_HAND, MANUAL = "by hand", "manual"
"""Gateway and device of what people measured. No gateway can be called so: its name has no space."""

HISTOGRAM_ENDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({"_bucket": ("le",), "_sum": (), "_count": ()})
OF_A_DEVICE = (GATEWAY, DEVICE)
OF_A_QUALITY = (GATEWAY, DEVICE, QUALITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`labels` as its source sends them: ingest adds `patient` to the clinical ones. `vital` is the row behind it."""

    name: str
    help: str
    kind: Kind
    type: str = "gauge"
    labels: tuple[str, ...] = ()
    vital: Vital | None = None
    suffix: str = ""
    from_gateway: bool = False

    def __post_init__(self) -> None:
        if self.type not in ("gauge", "counter", "histogram"):
            raise BadRow(f"{self.name}.type: expected gauge, counter or histogram, got {self.type}", field="type")


_WINDOWED = (
    (MEAN, "mean of the window, at its end", OF_A_DEVICE),
    (LOW, "lowest good reading of the window, for display and counting", OF_A_DEVICE),
    (HIGH, "highest good reading of the window, for display and counting", OF_A_DEVICE),
    (READINGS, "readings in the window", OF_A_QUALITY),
    (STRAGGLER, "a reading that came after its window was cut, at its own time", OF_A_QUALITY),
    (LATEST, "the newest good reading, at its own time", OF_A_DEVICE),
)
_SINGLE = (
    (MEAN, "a reading at its own time", OF_A_DEVICE),
    (READINGS, "1 for each reading, whatever its quality", OF_A_QUALITY),
    (LATEST, "the newest good reading, at its own time", OF_A_DEVICE),
)


def _of_vital(vital: Vital) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            name=vital.metric + suffix,
            help=f"{vital.title['en']}: {what}",
            kind=Kind.CLINICAL,
            labels=labels,
            vital=vital,
            suffix=suffix,
            from_gateway=True,
        )
        for suffix, what, labels in (_WINDOWED if vital.window else _SINGLE)
    )


OF_VITALS: tuple[Metric, ...] = tuple(metric for vital in DEVICE_VITALS for metric in _of_vital(vital))


def _machinery(name: str, what: str, *labels: str, type: str = "gauge", from_gateway: bool = False) -> Metric:
    return Metric(name=name, help=what, kind=Kind.TECHNICAL, type=type, labels=labels, from_gateway=from_gateway)


# The gateway: intake, urgent, uplink, exporter.
BUS_CONNECTED = _machinery("chevet_bus_connected", "1 while the gateway's broker is connected", from_gateway=True)
BUS_BLOCKED = _machinery("chevet_bus_blocked", "1 while the broker takes nothing for want of disk", from_gateway=True)
BUS_QUEUE_MESSAGES = _machinery("chevet_bus_queue_messages", "messages ready in a queue", "queue", from_gateway=True)
INTAKE_MESSAGES = _machinery(
    "chevet_intake_messages_total", "raw messages, by what became of them", "outcome", type="counter", from_gateway=True
)
INTAKE_READINGS = _machinery(
    "chevet_intake_readings_total", "readings numbered and put into the spool", type="counter", from_gateway=True
)
INTAKE_UNKNOWN_DEVICES = _machinery(
    "chevet_intake_unknown_devices", "devices that send and cannot be read", from_gateway=True
)
CLOCK_STEPS = _machinery(
    "chevet_clock_steps_total",
    "steps of the gateway's wall clock by more than a second",
    type="counter",
    from_gateway=True,
)
SPOOL_READINGS = _machinery(
    "chevet_spool_readings", "readings that wait in the spool for an exchange", "exchange", from_gateway=True
)
SPOOL_FULL = _machinery("chevet_spool_full", "1 while the disk takes nothing into the spool", from_gateway=True)
SPOOL_BYTES = _machinery("chevet_spool_bytes", "bytes that the spool uses", from_gateway=True)
SPOOL_FOLDED = _machinery(
    "chevet_spool_folded_readings_total",
    "readings that wait by themselves no more: folded into parts, or judged by urgent where they lay",
    "exchange",
    type="counter",
    from_gateway=True,
)
RADIO_CONNECTED = _machinery("chevet_radio_connected", "1 while the Zigbee stick is there", from_gateway=True)
RADIO_REPORTS = _machinery(
    "chevet_radio_reports_total",
    "reports of Zigbee sensors, by what became of them",
    "outcome",
    type="counter",
    from_gateway=True,
)
DEVICE_BATTERY = _machinery(
    "chevet_device_battery_percent", "charge of a sensor's battery, as it last said", DEVICE, from_gateway=True
)
UPLINK_READINGS = _machinery(
    "chevet_uplink_readings_total",
    "readings consumed, by what became of them",
    "outcome",
    type="counter",
    from_gateway=True,
)
UPLINK_CUTS = _machinery(
    "chevet_uplink_cuts_total", "windows closed, and stragglers", "cut", type="counter", from_gateway=True
)
UPLINK_SAMPLES = _machinery(
    "chevet_uplink_samples_total",
    "samples that left the journal, by what became of them",
    "outcome",
    type="counter",
    from_gateway=True,
)
UPLINK_ANSWERS = _machinery(
    "chevet_uplink_answers_total",
    "answers to what was sent, by what they mean",
    "sent",
    "reason",
    type="counter",
    from_gateway=True,
)
UPLINK_WAITING = _machinery(
    "chevet_uplink_waiting", "how many wait, and for what reason", "sent", "reason", from_gateway=True
)
UPLINK_CONSUMING = _machinery(
    "chevet_uplink_consuming", "1 while readings are taken from the broker", from_gateway=True
)
SEGMENT_OFFSET = _machinery(
    "chevet_clock_offset_seconds",
    "what uplink adds to the times of the present segment of the gateway's clock; none before it is measured",
    from_gateway=True,
)
JOURNAL_ROWS = _machinery("chevet_journal_rows", "rows of uplink's journal on their way", "state", from_gateway=True)
JOURNAL_BYTES = _machinery("chevet_journal_bytes", "bytes that uplink's journal uses", from_gateway=True)
COLLECTOR_SUCCESS = _machinery(
    "chevet_exporter_collector_success", "1 where this part could speak", "collector", from_gateway=True
)
COLLECTOR_DURATION = _machinery(
    "chevet_exporter_collector_duration_seconds", "how long this part took", "collector", from_gateway=True
)
DISK_FREE = _machinery("chevet_disk_free_bytes", "free bytes where the gateway keeps its state", from_gateway=True)
DISK_SIZE = _machinery("chevet_disk_size_bytes", "bytes of the disk with the gateway's state", from_gateway=True)
URGENT_READINGS = _machinery(
    "chevet_urgent_readings_total",
    "readings taken, by what became of them",
    "outcome",
    type="counter",
    from_gateway=True,
)
URGENT_CATCHING_UP = _machinery(
    "chevet_urgent_catching_up", "1 while what waited in the queues is read, and nobody is called", from_gateway=True
)
URGENT_ALERTS = _machinery(
    "chevet_urgent_alerts_total",
    "alerts declared at the bedside",
    "kind",
    "severity",
    type="counter",
    from_gateway=True,
)
URGENT_UNREGISTERED = _machinery(
    "chevet_urgent_unregistered", "alerts with changes that the outbox does not have yet", from_gateway=True
)
SMS_ATTEMPTS = _machinery(
    "chevet_sms_attempts_total", "SMS, by what became of their hand-over", "outcome", type="counter", from_gateway=True
)
SMS_REPEATED = _machinery(
    "chevet_sms_repeated_total",
    "SMS handed over again, for a kill came between hand-over and record",
    type="counter",
    from_gateway=True,
)
SMS_SECONDS = _machinery(
    "chevet_sms_seconds", "from the decision to call to the first hand-over", type="histogram", from_gateway=True
)
SMS_NOBODY = _machinery(
    "chevet_sms_nobody", "alerts that are called about while there is no number or no sender", from_gateway=True
)
SMS_REPORTS = _machinery(
    "chevet_sms_reports_total", "reports of the network on SMS of ours", type="counter", from_gateway=True
)
MODEM_READY = _machinery(
    "chevet_modem_ready",
    "1 while an SMS can leave by modem, as far as is known; 0 where there is none",
    from_gateway=True,
)
MODEM_OUTBOX = _machinery("chevet_modem_outbox", "messages in the modem's outbox", from_gateway=True)
MODEM_SIGNAL = _machinery(
    "chevet_modem_signal_percent", "strength of the modem's network, -1 where it has none", from_gateway=True
)
SHEET_POLLS = _machinery(
    "chevet_sheet_polls_total", "polls of the sheet, by what they brought", "outcome", type="counter", from_gateway=True
)
SHEET_CONFIRMED = _machinery(
    "chevet_sheet_confirmed_seconds", "when the service last confirmed the sheet, since 1970", from_gateway=True
)
# The gateway: agent.
PROCESS_UP = _machinery("chevet_process_up", "1 while this process of the gateway answers", from_gateway=True)
DISK_LEFT = _machinery(
    "chevet_disk_left_seconds",
    "time until the disk is full, by the trend of the last hours; none while it does not fill",
    from_gateway=True,
)
BATTERY = _machinery("chevet_gateway_battery_percent", "charge of the gateway's own battery, if any", from_gateway=True)
MAINS = _machinery("chevet_gateway_mains", "1 while the gateway with a battery is on the mains", from_gateway=True)
AGENT_HEARTBEATS = _machinery(
    "chevet_agent_heartbeats_total",
    "heartbeats, by what the service answered",
    "reason",
    type="counter",
    from_gateway=True,
)
AGENT_SAMPLES = _machinery(
    "chevet_agent_samples_total",
    "samples of the gateway's own metrics, by what the service answered",
    "reason",
    type="counter",
    from_gateway=True,
)
OF_AGENT: tuple[Metric, ...] = (
    PROCESS_UP,
    DISK_LEFT,
    BATTERY,
    MAINS,
    AGENT_HEARTBEATS,
    AGENT_SAMPLES,
)
OF_GATEWAY: tuple[Metric, ...] = (
    *OF_AGENT,
    BUS_CONNECTED,
    BUS_BLOCKED,
    BUS_QUEUE_MESSAGES,
    INTAKE_MESSAGES,
    INTAKE_READINGS,
    INTAKE_UNKNOWN_DEVICES,
    CLOCK_STEPS,
    SPOOL_READINGS,
    SPOOL_FULL,
    SPOOL_BYTES,
    SPOOL_FOLDED,
    RADIO_CONNECTED,
    RADIO_REPORTS,
    DEVICE_BATTERY,
    UPLINK_READINGS,
    UPLINK_CUTS,
    UPLINK_SAMPLES,
    UPLINK_ANSWERS,
    UPLINK_WAITING,
    UPLINK_CONSUMING,
    SEGMENT_OFFSET,
    JOURNAL_ROWS,
    JOURNAL_BYTES,
    COLLECTOR_SUCCESS,
    COLLECTOR_DURATION,
    DISK_FREE,
    DISK_SIZE,
    URGENT_READINGS,
    URGENT_CATCHING_UP,
    URGENT_ALERTS,
    URGENT_UNREGISTERED,
    SMS_ATTEMPTS,
    SMS_REPEATED,
    SMS_SECONDS,
    SMS_NOBODY,
    SMS_REPORTS,
    MODEM_READY,
    MODEM_OUTBOX,
    MODEM_SIGNAL,
    SHEET_POLLS,
    SHEET_CONFIRMED,
)

# The service.
EXPECTED_INTERVAL = _machinery(
    "chevet_expected_interval_seconds", "how often this vital ought to arrive", GATEWAY, DEVICE, PATIENT, VITAL
)
EXPECTED_STALE = _machinery(
    "chevet_expected_stale_seconds", "the age at which this vital is no longer current", GATEWAY, DEVICE, PATIENT, VITAL
)
INGEST_SAMPLES = _machinery(
    "chevet_ingest_samples_total", "samples that gateways sent, by what became of them", "result", type="counter"
)
ALERTS_REGISTERED = _machinery(
    "chevet_alerts_registered_total", "alerts registered for the first time", "severity", type="counter"
)
ALERTS_REFUSED = _machinery(
    "chevet_alerts_refused_total", "alerts of Alertmanager that could not be read and were set aside", type="counter"
)
ALERT_OPEN = _machinery(
    "chevet_alert_open", "alerts that have not cleared, joined ones as one", PATIENT, "rule", "kind", "severity"
)
ALERT_TAKEN = _machinery(
    "chevet_alert_taken_seconds",
    "from the moment that the service knew of an alert until somebody took it",
    "severity",
    type="histogram",
)
WATCHDOG = _machinery("chevet_watchdog_seconds", "when the last watchdog came from Alertmanager, since 1970")
BREAK_GLASS_UNREVIEWED = _machinery(
    "chevet_break_glass_unreviewed", "times that somebody looked at a patient not in their care, and nobody reviewed"
)
SERVICE_DEPENDENCY_UP = _machinery("chevet_service_dependency_up", "1 while what the service needs answers", "part")
GATEWAY_HEARTBEAT = _machinery(
    "chevet_gateway_heartbeat_seconds", "when the newest heartbeat of a gateway came, since 1970", GATEWAY
)
LIMIT = _machinery(
    "chevet_limit",
    "a patient's limit of a vital; the catalogue's where nobody prescribed one",
    PATIENT,
    VITAL,
    "severity",
    "side",
)
NEWS2_OXYGEN = _machinery("chevet_news2_oxygen", "0 on air, 1 on oxygen, at the time a nurse saw it", PATIENT)
NEWS2_CONSCIOUSNESS = _machinery(
    "chevet_news2_consciousness", "0 alert, 1 new confusion, 2 voice, 3 pain, 4 unresponsive, when it was seen", PATIENT
)
NEWS2_SCALE = _machinery("chevet_news2_scale", "the scale of SpO2 that a clinician decided, 1 or 2", PATIENT)
NEWS2_ELIGIBLE = _machinery("chevet_news2_eligible", "1 where NEWS2 is for this patient, 0 where it is not", PATIENT)
OF_SERVICE: tuple[Metric, ...] = (
    NEWS2_OXYGEN,
    NEWS2_CONSCIOUSNESS,
    NEWS2_SCALE,
    NEWS2_ELIGIBLE,
    GATEWAY_HEARTBEAT,
    EXPECTED_INTERVAL,
    EXPECTED_STALE,
    LIMIT,
    INGEST_SAMPLES,
    ALERTS_REGISTERED,
    ALERTS_REFUSED,
    ALERT_OPEN,
    ALERT_TAKEN,
    WATCHDOG,
    BREAK_GLASS_UNREVIEWED,
    SERVICE_DEPENDENCY_UP,
)

METRICS: tuple[Metric, ...] = (*OF_VITALS, *OF_GATEWAY, *OF_SERVICE)
BY_NAME: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in METRICS})


def of_series(name: str) -> tuple[Metric, tuple[str, ...]] | None:
    """The row behind a series and the labels of its own; the series of a histogram have endings. None where unknown."""
    for ending, labels in HISTOGRAM_ENDINGS.items():
        histogram = BY_NAME.get(name.removesuffix(ending))
        if name.endswith(ending) and histogram and histogram.type == "histogram":
            return histogram, (*histogram.labels, *labels)
    metric = BY_NAME.get(name)
    return None if metric is None or metric.type == "histogram" else (metric, metric.labels)
