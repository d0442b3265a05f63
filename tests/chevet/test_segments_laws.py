"""What holds of a gateway's clock whatever it does, and whatever dies meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from chevet.readings import Quality, Reading
from chevet.segments import DAY, STEP, Moment, Segment, Segments, offset, restated, server_ahead

TRUTH = 1_790_000_000_000
YEAR = 365 * DAY
EVERY = 10_000
RESOLUTION = 2 * STEP + 1000
"""Half a second of the server's Date either way, what is not restated, and what a clock wanders within a segment."""

STEPS = st.one_of(
    st.integers(min_value=-50 * YEAR, max_value=50 * YEAR),
    st.integers(min_value=-10_000, max_value=10_000),
    st.integers(min_value=-600_000, max_value=600_000),
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(min_value=1, max_value=100)),
        st.tuples(st.just("step"), STEPS),
        st.tuples(st.just("kill"), st.just(0)),
        st.tuples(st.just("reboot"), st.integers(min_value=-40 * YEAR, max_value=0)),
    ),
    max_size=12,
)


@dataclass
class House:
    """A machine whose clock does what `events` say, a sensor that sends each ten seconds, and intake."""

    wrong: int = 0
    true: int = TRUTH
    boot: int = 0
    booted: int = TRUTH - 60_000
    segments: Segments = field(default_factory=Segments)
    taken: list[tuple[int, int, str, Moment]] = field(default_factory=list)
    """When it truly was measured, what the clock said, the segment, and the clocks then."""

    def now(self) -> Moment:
        return Moment(boot=f"b{self.boot}", monotonic=self.true - self.booted, wall=self.true + self.wrong)

    def pass_ten_seconds(self) -> None:
        for _ in range(EVERY // 1000):
            self.true += 1000
            self.segments.look(self.now())
        stamped, arrived = self.now().wall, self.now()
        self.true += 20
        self.segments.look(self.now())
        found = self.segments.of(stamped)
        self.taken.append((arrived.wall - self.wrong, stamped, found.id if found else "", arrived))

    def step(self, by: int) -> None:
        self.wrong = max(self.wrong + by, self.booted - self.true - TRUTH // 2)
        self.true += 10

    def kill(self) -> None:
        self.segments = Segments(self.segments.all)

    def reboot(self, wrong: int) -> None:
        self.boot, self.true, self.wrong = self.boot + 1, self.true + 30_000, wrong
        self.booted = self.true - 5000

    def live(self, events: list[tuple[str, int]]) -> None:
        self.segments.look(self.now())
        for what, number in events:
            if what == "wait":
                for _ in range(number):
                    self.pass_ten_seconds()
            elif what == "kill":
                self.kill()
            else:
                getattr(self, what)(number)
                self.segments.look(self.now())


@given(EVENTS)
def test_whatever_steps_and_dies_a_restated_reading_stands_at_its_true_time(events: list[tuple[str, int]]) -> None:
    house = House()
    house.live([("wait", 3), *events, ("wait", 3)])
    for true, stamped, segment, then in house.taken:
        answered = Moment(boot=then.boot, monotonic=then.monotonic + 777, wall=then.wall)
        date = (true + 777) // 1000 * 1000  # as HTTP tells it
        found = offset(segment, then.boot, server_ahead(answered, answered, date))
        assert found is not None, "each reading is of the boot that it was measured in"
        assert abs(stamped + found - true) <= RESOLUTION


@given(EVENTS)
def test_segments_are_few_and_in_order(events: list[tuple[str, int]]) -> None:
    house = House()
    house.live(events)
    steps = sum(what in ("step", "reboot") for what, _ in events)
    assert len(house.segments.all) <= 1 + steps
    for before, after in zip(house.segments.all, house.segments.all[1:], strict=False):
        assert before.boot != after.boot or before.until <= after.until


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), st.integers(0, 10**12))
def test_the_segments_of_one_boot_agree_on_the_servers_time(first: int, second: int, server: int) -> None:
    """At one monotonic moment both clocks, restated, show the same, but for what is too little to restate."""
    offsets = [offset(f"b.{one}", "b", server) for one in (first, second)]
    shown = [one + by for one, by in zip((first, second), offsets, strict=True) if by is not None]
    assert all(abs(one - server) < 2000 for one in shown)


@given(st.lists(st.integers(0, 10**12), min_size=2), st.integers(-(10**12), 10**12))
def test_within_a_segment_the_order_of_restated_readings_is_as_it_was(times: list[int], by: int) -> None:
    fields = {"gateway": "g", "device": "d", "vital": "heart_rate", "value": 70, "segment": "b.1", "run": "r"}
    readings = [
        Reading(**fields, measured_at=at, sequence=number, quality=Quality.GOOD, origin="test")
        for number, at in enumerate(times)
    ]
    by_stamp = sorted(readings, key=lambda one: one.measured_at)
    moved = [restated(one, by).measured_at for one in by_stamp]
    assert moved == sorted(moved)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(-(10**12), 10**12), st.integers(-5 * STEP, 10**10))
def test_a_segment_holds_exactly_what_its_clock_may_have_shown(since: int, long: int, ahead: int, place: int) -> None:
    segment = Segment(boot="b", ahead=ahead, since=since, until=since + long)
    assert segment.holds(ahead + since + place) is (-STEP <= place <= long + STEP)
