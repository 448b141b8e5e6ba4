"""From the outbox to people: at least once, in order, with the same id, and one failure holds nothing else up."""

from datetime import timedelta

import pytest

from gate.adapters.monitor_store import MonitorDatabase
from gate.adapters.printing_alarm import PrintingAlarm
from gate.domain.alert import Alert, AlertKind, Delivery, Sent, Severity
from gate.domain.incident import Entry, Incident, Stage
from gate.domain.operating import IncidentSettings, Operating
from gate.errors import GateError
from gate.usecases.monitoring.courier import Courier
from gate.usecases.monitoring.watch import Watch
from gate.wiring.monitor import incidents_of
from tests.live import NOW, policy, record, stream


def alert(name="x", **changes):
    values = {
        "id": name, "key": "monitor:confidence", "kind": AlertKind.FIRING, "severity": Severity.WARNING,
        "at": "2026-01-01T00:00:00Z", "title": "Confidence",
    }  # fmt: skip
    return Alert(**(values | changes))


class FakeAlarm:
    """Tells a list. `down` = how many tellings fail."""

    def __init__(self, down=0, raises=False):
        self.heard, self.down, self.raises = [], down, raises

    def remind(self):
        return []

    def tell(self, alert):
        self.down -= 1
        if self.down >= 0:
            if self.raises:
                raise GateError("no network")
            return [Delivery(alert=alert.id, channel="fake", outcome=Sent.FAILED, at=alert.at, sentence="no")]
        self.heard.append(alert)
        return [Delivery(alert=alert.id, channel="fake", outcome=Sent.DELIVERED, at=alert.at)]


class FakeIncidents:
    """Keeps incidents in a dictionary."""

    def __init__(self):
        self.open = {}

    def opened(self, alert, facts_at=""):
        made = Incident(
            id=f"i-{len(self.open)}", key=alert.key, title=alert.title, severity=alert.severity, opened_at=alert.at
        )
        return self.open.setdefault(alert.key, made)

    def noted(self, incident, entry):
        import msgspec  # noqa: PLC0415

        (key,) = [key for key, one in self.open.items() if one.id == incident]
        found = self.open[key]
        if entry.id not in {one.id for one in found.entries}:
            self.open[key] = found = msgspec.structs.replace(found, entries=(*found.entries, entry))
        return found


class FakeRemedy:
    def __init__(self):
        self.taken = []

    def take_back(self, verdict, alert):
        self.taken.append((verdict, alert))
        return "level 2 is proposed"


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def store(tmp_path):
    with MonitorDatabase(tmp_path / "m.sqlite") as made:
        yield made


# ------------------------------------------------------------------ what every alarm and every book keeps to


@pytest.fixture(params=[lambda: PrintingAlarm(lambda _: None), FakeAlarm], ids=["printing", "fake"])
def alarm(request):
    return request.param()


def test_an_alarm_answers_for_each_channel_by_the_alerts_id(alarm):
    deliveries = alarm.tell(alert("x"))
    assert {one.alert for one in deliveries} == {"x"}
    assert all(one.channel and one.outcome is Sent.DELIVERED for one in deliveries)


def test_a_stream_that_is_closed_is_a_failed_delivery():
    def closed(_):
        raise BrokenPipeError(32, "Broken pipe")

    (one,) = PrintingAlarm(closed).tell(alert())
    assert (one.outcome, "Broken pipe" in one.sentence) == (Sent.FAILED, True)


def test_hostile_text_is_printed_as_one_line():
    said = []
    PrintingAlarm(said.append).tell(alert(title="a\nb\x1b[31m"))
    assert said[0].isprintable()


@pytest.fixture(params=["fake", "files"])
def incidents(request, tmp_path):
    if request.param == "fake":
        yield FakeIncidents()
        return
    operating = Operating(incidents=IncidentSettings(github_issue=False))
    with incidents_of(tmp_path / "gate.toml", operating, pytest.fail) as aside:
        yield aside
        aside.settle()


def test_one_key_opens_one_incident_and_an_entry_stands_there_once(incidents):
    first, again = incidents.opened(alert("x")), incidents.opened(alert("y"))
    assert first.id == again.id
    entry = Entry(id="e", at=first.opened_at, text="t", by="b")
    incidents.noted(first.id, entry)
    assert [one.id for one in incidents.noted(first.id, entry).entries].count("e") == 1


# ------------------------------------------------------------------ carrying


def test_alerts_are_told_in_their_order_and_once(store):
    store.commit({}, None, [alert("x"), alert("y")])
    alarm = FakeAlarm()
    courier = Courier(store=store, alarm=alarm, clock=Clock())
    assert (courier.deliver(), courier.deliver()) == (2, 0)
    assert [one.id for one in alarm.heard] == ["x", "y"]


@pytest.mark.parametrize("raises", [False, True])
def test_what_failed_is_told_later_under_the_same_id_and_holds_nothing_up(store, raises):
    store.commit({}, None, [alert("x"), alert("y")])
    alarm, clock = FakeAlarm(down=1, raises=raises), Clock()
    courier = Courier(store=store, alarm=alarm, clock=clock)
    courier.deliver()
    assert [one.id for one in alarm.heard] == ["y"]
    assert len(courier.said) == 1
    courier.deliver()
    assert [one.id for one in alarm.heard] == ["y"]  # its pause is not over
    clock.now += timedelta(minutes=1)
    courier.deliver()
    assert [one.id for one in alarm.heard] == ["y", "x"]


def test_an_incident_is_opened_before_people_are_told_and_its_timeline_kept(store):
    store.commit({}, None, [alert("x"), alert("y", kind=AlertKind.RECOVERED, severity=Severity.INFO)])
    alarm, incidents = FakeAlarm(), FakeIncidents()
    Courier(store=store, alarm=alarm, incidents=incidents, clock=Clock()).deliver()
    assert [one.incident for one in alarm.heard] == ["i-0", "i-0"]
    (incident,) = incidents.open.values()
    assert [entry.stage for entry in incident.entries] == [Stage.ALERTED, None]


def test_an_incident_book_that_fails_does_not_keep_people_from_being_told(store):
    class Broken(FakeIncidents):
        def opened(self, alert, facts_at=""):
            raise GateError("disk full")

    store.commit({}, None, [alert("x")])
    alarm = FakeAlarm()
    courier = Courier(store=store, alarm=alarm, incidents=Broken(), clock=Clock())
    assert courier.deliver() == 1
    assert "disk full" in courier.said[0]


# ------------------------------------------------------------------ taking back


class Lines:
    """A source that hands out some lines, then nothing."""

    def __init__(self, lines):
        self.lines = lines

    def read(self):
        from gate.ports.monitoring import Batch, Place  # noqa: PLC0415

        lines, self.lines = self.lines, None
        return lines and Batch(role="live", lines=lines, path="x", place=Place(device=1, inode=1, offset=1))

    def close(self):
        pass


def watched(store, lines, **settings):
    watch = Watch(source=Lines(lines), store=store, policy=policy(**settings), now=NOW, environment={})
    watch.step(NOW, live=False)
    remedy, incidents = FakeRemedy(), FakeIncidents()
    courier = Courier(store=store, alarm=FakeAlarm(), incidents=incidents, remedy=remedy, clock=Clock())
    courier.deliver()
    return remedy, incidents


CRASH = [*stream(30, change=0.0), record(30, kind="crash", error="SIGSEGV")]
BARELY = stream(40, change=0.0) + [record(bar, state=None, posterior=None) for bar in range(40, 46)]


def test_where_the_policy_allows_it_a_trigger_takes_back_at_the_gates_own_level(store):
    remedy, incidents = watched(store, CRASH, rollback="propose")
    ((verdict, _),) = remedy.taken
    assert (verdict.verdict.value, verdict.level) == ("ROLL_BACK", 2)
    (incident,) = incidents.open.values()
    assert [entry.stage for entry in incident.entries] == [Stage.ALERTED, Stage.DECIDED]


def test_by_default_nothing_is_taken_back(store):
    assert watched(store, CRASH)[0].taken == []


def test_a_breach_within_its_interval_rings_and_takes_nothing_back(store):
    remedy, incidents = watched(store, BARELY, rollback="carry_out")
    assert remedy.taken == []
    (incident,) = incidents.open.values()
    assert "nothing is taken back" in incident.entries[-1].text


# ------------------------------------------------------------------ what can wait


def test_people_are_told_before_anything_waits_for_github(store):
    steps = []

    class Alarm(FakeAlarm):
        def tell(self, alert):
            steps.append(f"told {alert.id}")
            return super().tell(alert)

    store.commit({}, None, [alert("x"), alert("y", key="monitor:other")])
    courier = Courier(
        store=store, alarm=Alarm(), incidents=FakeIncidents(), clock=Clock(), settle=lambda: steps.append("settled")
    )
    courier.deliver()
    courier.deliver()
    assert steps == ["told x", "told y", "settled"]


def test_who_does_not_answer_is_reminded_now_and_then_and_also_when_the_clock_was_put_back(store):
    class Alarm(FakeAlarm):
        reminded = 0

        def remind(self):
            self.reminded += 1
            return []

    alarm, clock = Alarm(), Clock()
    courier = Courier(store=store, alarm=alarm, clock=clock)
    for seconds, times in ((0, 1), (14, 1), (15, 2), (-60, 3)):
        clock.now = NOW + timedelta(seconds=seconds)
        courier.deliver()
        assert alarm.reminded == times
