"""Who is told what: who hears it, once; louder when nobody answers; quietly when it is over; nothing is lost."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.alerts.log import DeliveriesFile
from gate.adapters.alerts.patience import Patience
from gate.adapters.alerts.rings import RingsFile
from gate.domain.alert import AlertKind, Sent, Severity
from gate.domain.ringing import Ring
from gate.errors import BrokenQuestionError, OutputError
from gate.usecases.alerting.alarm import FanOutAlarm, Listener
from gate.usecases.alerting.fan_out import fan_out
from gate.usecases.alerting.planning import MOST_TRIES, Policy
from tests.alerting.targets import Fake, alert

ONCE = Patience(tries=1, timeout=0.1, within=0.5, first=0.001)
DELIVERED, FAILED, UNKNOWN, SUPPRESSED = Sent.DELIVERED, Sent.FAILED, Sent.UNKNOWN, Sent.SUPPRESSED


@dataclass
class Raising:
    name: str = "raising"

    def deliver(self, _):
        raise RuntimeError("https://hooks.slack.com/services/s3cret")


@dataclass
class Hanging:
    name: str = "hanging"
    end: threading.Event = field(default_factory=threading.Event)

    def deliver(self, _):
        self.end.wait(30)


class Stand:
    """An alarm with chat (from warnings on) and mail (critical only), and a clock."""

    def __init__(self, folder, *others, **policy):
        self.chat, self.mail, self.terminal = (Fake(name, patience=ONCE) for name in ("chat", "mail", "terminal"))
        self.now = datetime(2026, 11, 29, 14, 30, tzinfo=UTC)
        self.complaints = []
        self.folder, self.others, self.policy = folder, others, policy
        self.alarm = self.again()

    def again(self):
        """The alarm of another process."""
        heard = [(self.chat, Severity.WARNING), (self.mail, Severity.CRITICAL)]
        heard += [(one, Severity.INFO) for one in self.others]
        return FanOutAlarm(
            listeners=tuple(Listener(channel=channel, least=least) for channel, least in heard),
            last_resort=self.terminal,
            rings=RingsFile(self.folder / "state" / "alerts.sqlite"),
            log=DeliveriesFile(self.folder / "log"),
            policy=Policy(**{"within": 5.0, **self.policy}),
            clock=lambda: self.now,
            complain=self.complaints.append,
        )

    def later(self, **span):
        self.now += timedelta(**span)

    def tell(self, name="m-1", severity=Severity.WARNING, kind=AlertKind.FIRING, **changes):
        told = self.alarm.tell(alert(name, severity=severity, kind=kind, **changes))
        return {one.channel: one.outcome for one in told}

    def recovered(self, name="r-1"):
        return self.tell(name, kind=AlertKind.RECOVERED)

    def ids(self, channel="chat"):
        return [one.id for one in getattr(self, channel).given]

    @property
    def log(self):
        return DeliveriesFile(self.folder / "log").newest(1000)


@pytest.fixture
def stand(tmp_path):
    return Stand(tmp_path)


# ------------------------------------------------------------------ who


def test_a_warning_goes_to_chat_and_what_is_critical_to_everybody(stand):
    assert stand.tell("a") == {"chat": DELIVERED, "mail": SUPPRESSED}
    assert stand.tell("b", Severity.CRITICAL, key="another") == {"chat": DELIVERED, "mail": DELIVERED}
    assert stand.ids("mail") == ["b"]


def test_every_delivery_is_in_the_log_and_why_it_was_not_sent(stand):
    stand.tell("a")
    chat, mail = stand.log
    assert (chat.delivery.channel, chat.delivery.outcome, chat.severity) == ("chat", DELIVERED, Severity.WARNING)
    assert (mail.delivery.outcome, mail.delivery.sentence) == (SUPPRESSED, "it hears critical and louder")


def test_one_that_breaks_or_hangs_stops_no_other_and_is_recorded_without_a_secret(tmp_path):
    hanging = Hanging()
    stand = Stand(tmp_path, Raising(), hanging, within=0.3)
    started = time.monotonic()
    told = stand.tell("a", Severity.CRITICAL)
    assert time.monotonic() - started < 5  # not the thirty of the one that hangs
    assert told == {"chat": DELIVERED, "mail": DELIVERED, "raising": FAILED, "hanging": UNKNOWN}
    said = {one.delivery.channel: one.delivery.sentence for one in stand.log}
    assert said["raising"] == "the channel itself fails (RuntimeError)"
    assert said["hanging"] == "no answer within 0.3 s: it may have arrived"
    assert "s3cret" not in (tmp_path / "log" / "deliveries.jsonl").read_text()
    hanging.end.set()


def test_where_nobody_could_be_told_it_is_printed(stand):
    stand.chat.will("never")
    assert stand.tell() == {"chat": FAILED, "mail": SUPPRESSED, "terminal": DELIVERED}


# ------------------------------------------------------------------ once


def test_a_key_rings_once_until_it_recovers(stand):
    stand.tell("a")
    assert stand.tell("b") == {"chat": SUPPRESSED, "mail": SUPPRESSED}
    assert stand.recovered("r") == {"chat": DELIVERED, "mail": SUPPRESSED}
    assert stand.tell("c")["chat"] is DELIVERED
    assert stand.ids() == ["a", "r", "c"]


def test_keys_ring_apart(stand):
    stand.tell("a", key="x")
    stand.tell("b", key="y")
    assert stand.ids() == ["a", "b"]


def test_it_is_remembered_over_a_restart(stand):
    stand.tell("a")
    stand.alarm = stand.again()
    assert stand.tell("b")["chat"] is SUPPRESSED


def test_the_same_alert_told_again_is_known_and_sent_only_where_it_is_missing(stand):
    stand.mail.will("never")
    assert stand.tell("a", Severity.CRITICAL) == {"chat": DELIVERED, "mail": FAILED}
    stand.mail.will("ok")
    assert stand.tell("a", Severity.CRITICAL) == {"chat": DELIVERED, "mail": DELIVERED}
    assert (stand.ids("chat"), stand.ids("mail")) == (["a"], ["a"])


def test_who_has_not_got_it_gets_it_under_the_id_that_the_others_know(stand):
    stand.mail.will("hang")
    stand.tell("a", Severity.CRITICAL)
    stand.mail.will("ok")
    stand.later(minutes=1)
    assert stand.tell("b", Severity.CRITICAL) == {"chat": SUPPRESSED, "mail": DELIVERED}
    assert stand.ids("mail") == ["a", "a"]  # recognisable twice


def test_a_louder_one_rings_again(stand):
    stand.tell("a")
    assert stand.tell("b", Severity.CRITICAL) == {"chat": DELIVERED, "mail": DELIVERED}
    assert stand.tell("c", Severity.WARNING)["chat"] is SUPPRESSED


def test_an_old_alert_that_is_told_again_after_its_end_rings_nothing(stand):
    stand.tell("a")
    stand.recovered("r")
    assert stand.tell("a")["chat"] is DELIVERED  # what is known of it
    stand.tell("b")
    assert stand.recovered("r")["chat"] is DELIVERED
    assert stand.tell("a")["chat"] is DELIVERED
    assert stand.ids() == ["a", "r", "b"]
    assert [ring.first for ring in stand.alarm.ringing()] == ["b"]


def test_tries_have_an_end(stand):
    stand.chat.will("never")
    for _ in range(MOST_TRIES + 5):
        stand.tell("a")
    assert [one.delivery.channel for one in stand.log].count("chat") == MOST_TRIES


def test_notices_and_tests_are_told_once_by_their_id(stand):
    for _ in range(2):
        assert stand.tell("n", Severity.CRITICAL, AlertKind.NOTICE) == {"chat": DELIVERED, "mail": DELIVERED}
        assert stand.tell("t", Severity.INFO, AlertKind.TEST) == {"chat": DELIVERED, "mail": DELIVERED}
    assert stand.ids() == ["n", "t"]


# ------------------------------------------------------------------ over


def test_the_recovery_is_quiet_and_goes_to_those_who_heard(stand):
    stand.tell("a", Severity.CRITICAL)
    stand.recovered("r")
    assert [(one.id, one.severity) for one in stand.mail.given] == [("a", Severity.CRITICAL), ("r", Severity.INFO)]


def test_who_may_have_heard_hears_that_it_is_over(stand):
    stand.chat.will("hang", "ok")
    stand.tell("a")
    assert stand.recovered("r")["chat"] is DELIVERED


def test_who_could_not_be_told_that_it_is_over_is_told_later(stand):
    stand.tell("a", Severity.CRITICAL)
    stand.chat.will("never")
    assert stand.recovered("r") == {"chat": FAILED, "mail": DELIVERED}
    assert stand.alarm.ringing() == []
    stand.chat.will("ok")
    stand.later(minutes=1)
    assert {one.channel: one.outcome for one in stand.alarm.remind()} == {"chat": DELIVERED, "mail": SUPPRESSED}
    stand.later(hours=1)
    assert stand.alarm.remind() in ((), [])
    assert (stand.ids("chat"), stand.ids("mail")) == (["a", "r"], ["a", "r"])


@pytest.mark.parametrize("ends", [True, False])
def test_an_old_recovery_is_not_told_after_a_day_or_once_it_rings_again(ends, stand):
    stand.tell("a")
    stand.chat.will("never", "ok")
    stand.recovered("r")
    if ends:
        stand.tell("b")
    stand.later(minutes=2) if ends else stand.later(days=2)
    assert stand.alarm.remind() in ((), [])
    assert stand.ids() == (["a", "b"] if ends else ["a"])


def test_who_heard_it_while_it_recovered_hears_that_it_is_over(stand, monkeypatch):
    def meanwhile(*told):
        monkeypatch.undo()
        stand.again().tell(alert("r", kind=AlertKind.RECOVERED))
        return fan_out(*told)

    monkeypatch.setattr("gate.usecases.alerting.alarm.fan_out", meanwhile)
    stand.tell("a")
    stand.later(minutes=1)
    stand.alarm.remind()
    assert stand.ids() == ["a", "r"]


def test_what_nobody_heard_is_not_said_to_be_over(stand):
    stand.chat.will("never", "ok")
    stand.tell("a")
    assert stand.recovered() == {"chat": SUPPRESSED, "mail": SUPPRESSED}


def test_what_does_not_ring_does_not_recover(stand):
    assert stand.recovered() == {"chat": SUPPRESSED, "mail": SUPPRESSED}


# ------------------------------------------------------------------ louder


def test_what_nobody_answers_is_told_again_louder_and_to_more(stand):
    stand.tell("a")
    stand.later(minutes=14)
    assert stand.alarm.remind() in ((), [])
    stand.later(minutes=1)
    assert {one.channel: one.outcome for one in stand.alarm.remind()} == {"chat": DELIVERED, "mail": DELIVERED}
    again = stand.mail.given[0]
    assert (again.id, again.kind, again.severity) == ("a-again-1", AlertKind.ESCALATED, Severity.CRITICAL)
    assert again.text.startswith("Rings since 14:30 UTC (15 min), and nobody has answered. Seen 22.4%")
    assert stand.recovered("r") == {"chat": DELIVERED, "mail": DELIVERED}


def test_what_somebody_answers_is_not_escalated(stand):
    stand.tell("a")
    ring = stand.alarm.acknowledge("monitor:regime_change_rate:SPX", "alice")
    assert (ring.acknowledged_by, ring.acknowledged_at) == ("alice", "2026-11-29T14:30:00.000Z")
    stand.later(minutes=60)
    assert stand.alarm.remind() in ((), [])
    assert stand.alarm.acknowledge("monitor:regime_change_rate:SPX", "bob").acknowledged_by == "alice"


def test_a_louder_one_asks_for_an_answer_again(stand):
    stand.tell("a")
    stand.alarm.acknowledge("monitor:regime_change_rate:SPX", "alice")
    stand.tell("b", Severity.CRITICAL)
    stand.later(minutes=15)
    assert len(stand.alarm.remind()) == 2


@pytest.mark.parametrize("text", ["", "Seen 22.4%."])
def test_escalations_have_an_end(text, stand):
    stand.tell("a", text=text)
    for _ in range(10):
        stand.later(minutes=15)
        stand.alarm.remind()
    assert stand.ids() == ["a", "a-again-1", "a-again-2", "a-again-3"]
    assert stand.chat.given[-1].text.count("nobody has answered") == 1


def test_two_processes_escalate_once(stand):
    stand.tell("a")
    stand.later(minutes=15)
    assert stand.alarm.remind()
    assert stand.again().remind() in ((), [])


def test_a_clock_that_was_put_back_holds_nothing_up(tmp_path):
    stand = Stand(tmp_path, cooldown_minutes=10)
    stand.tell("a")
    stand.recovered("r")
    stand.tell("b")
    stand.later(hours=-3)
    assert [one.outcome for one in stand.alarm.remind() if one.channel == "chat"] == [DELIVERED]
    stand.later(hours=-3)
    assert stand.alarm.remind()[0].outcome is DELIVERED
    assert stand.ids() == ["a", "r", "b", "b-again-1"]


def test_information_asks_for_no_answer(tmp_path):
    stand = Stand(tmp_path, Fake("log", patience=ONCE))
    stand.tell("a", Severity.INFO)
    stand.later(hours=1)
    assert stand.alarm.remind() in ((), [])


def test_many_that_are_due_take_no_longer_than_one(tmp_path):
    hanging = Hanging()
    stand = Stand(tmp_path, hanging, within=0.3)
    for number in range(8):
        with RingsFile(tmp_path / "state" / "alerts.sqlite").held() as held:
            told = alert(f"a{number}", key=f"k{number}")
            at = "2026-11-29T14:00:00.000Z"
            held.put(Ring(alert=told, first=told.id, severity=Severity.CRITICAL, since=at, told_at=at))
    started = time.monotonic()
    told = stand.alarm.remind()
    assert time.monotonic() - started < 8 * 0.3
    assert len([one for one in told if one.outcome is DELIVERED]) == 16
    hanging.end.set()


def test_zero_minutes_never_escalate(tmp_path):
    stand = Stand(tmp_path, escalate_minutes=0)
    stand.tell("a")
    stand.later(days=1)
    assert stand.alarm.remind() in ((), [])


def test_a_reminder_tells_whoever_could_not_be_told(stand):
    stand.chat.will("never")
    stand.tell("a")
    stand.chat.will("ok")
    assert stand.alarm.remind() in ((), [])  # not at once
    stand.later(minutes=2)
    assert [one.outcome for one in stand.alarm.remind() if one.channel == "chat"] == [DELIVERED]
    assert stand.ids() == ["a"]


def test_an_outage_of_hours_loses_nothing_and_is_not_hammered(stand):
    stand.chat.will("never")
    stand.tell("a")
    stand.alarm.acknowledge("monitor:regime_change_rate:SPX", "alice")  # no escalation helps
    for _ in range(3 * 60):
        stand.later(minutes=1)
        stand.alarm.remind()
    assert [one.delivery.channel for one in stand.log].count("chat") < 40
    stand.chat.will("ok")
    for _ in range(60):
        stand.later(minutes=1)
        stand.alarm.remind()
    assert stand.ids() == ["a"]


def test_what_may_have_arrived_is_not_sent_for_ever(stand):
    stand.chat.will("hang")
    stand.tell("a")
    stand.alarm.acknowledge("monitor:regime_change_rate:SPX", "alice")
    for _ in range(200):
        stand.later(minutes=30)
        stand.alarm.remind()
    assert len(stand.ids()) == MOST_TRIES


@pytest.mark.parametrize("near", [True, False])
def test_a_key_that_does_not_ring_cannot_be_answered(near, stand):
    if near:
        stand.tell("a")
    with pytest.raises(BrokenQuestionError) as caught:
        stand.alarm.acknowledge("monitor:regime_change_rate", "alice")
    assert ("did you mean 'monitor:regime_change_rate:SPX'?" in caught.value.advice) is near


# ------------------------------------------------------------------ cooldown


def test_a_warning_that_flaps_is_held_back_and_not_lost(tmp_path):
    stand = Stand(tmp_path, cooldown_minutes=10)
    stand.tell("a")
    stand.recovered("r")
    stand.later(minutes=1)
    assert stand.tell("b")["chat"] is SUPPRESSED
    stand.later(minutes=5)
    assert stand.alarm.remind() in ((), [])
    stand.later(minutes=5)
    assert stand.alarm.remind()
    assert stand.ids() == ["a", "r", "b"]


def test_what_flaps_on_is_told_after_the_cooldown_all_the_same(tmp_path):
    stand = Stand(tmp_path, cooldown_minutes=10)
    stand.tell("a")
    stand.recovered("r")
    for turn in range(12):
        stand.later(minutes=1)
        stand.tell(f"a{turn}")
        stand.alarm.remind()
        stand.recovered(f"r{turn}")
    assert stand.ids()[:3] == ["a", "r", "a9"]


def test_what_is_critical_is_never_held_back(tmp_path):
    stand = Stand(tmp_path, cooldown_minutes=10)
    stand.tell("a", Severity.CRITICAL)
    stand.recovered("r")
    assert stand.tell("b", Severity.CRITICAL) == {"chat": DELIVERED, "mail": DELIVERED}


def test_what_was_held_back_and_is_over_is_never_told(tmp_path):
    stand = Stand(tmp_path, cooldown_minutes=10)
    stand.tell("a")
    stand.recovered("r")
    stand.tell("b")
    stand.recovered("s")
    stand.later(minutes=30)
    assert stand.alarm.remind() in ((), [])
    assert stand.ids() == ["a", "r"]


# ------------------------------------------------------------------ what cannot be kept


def damaged(folder):
    (folder / "state").mkdir()
    (folder / "state" / "alerts.sqlite").write_bytes(b"no database" * 1000)


def newer(folder):
    import sqlite3  # noqa: PLC0415

    (folder / "state").mkdir()
    with sqlite3.connect(folder / "state" / "alerts.sqlite") as made:
        made.execute("PRAGMA user_version = 99")
    made.close()


def in_the_way(folder):
    (folder / "state").write_text("a file")


@pytest.mark.parametrize("broken", [damaged, newer, in_the_way])
def test_a_state_that_cannot_be_kept_loses_no_alert(broken, stand):
    broken(stand.folder)
    assert stand.tell("a") == {"chat": DELIVERED}
    assert stand.tell("b") == {"chat": DELIVERED}  # better twice than never
    assert "cannot keep what rings" in stand.complaints[0]
    assert all("\n" not in one for one in stand.complaints)
    assert stand.alarm.remind() in ((), [])
    with pytest.raises(OutputError):
        stand.alarm.ringing()


def test_a_state_that_somebody_holds_for_too_long_loses_no_alert(stand, monkeypatch):
    monkeypatch.setattr("gate.adapters.alerts.rings.PATIENCE", 0.05)
    with RingsFile(stand.folder / "state" / "alerts.sqlite").held():
        assert stand.tell("a")["chat"] is DELIVERED
    assert "locked" in stand.complaints[0]


def test_a_log_that_cannot_be_written_loses_no_alert(stand):
    (stand.folder / "log").write_text("a file")
    assert stand.tell("a")["chat"] is DELIVERED
    assert "cannot write down deliveries" in stand.complaints[0]


def test_half_a_line_that_a_crash_left_damages_no_other(stand):
    stand.tell("a")
    with (stand.folder / "log" / "deliveries.jsonl").open("a") as file:
        file.write('{"schema": 1, "key": "hal')
    stand.tell("b", key="other")
    assert [one.delivery.alert for one in stand.log if one.delivery.channel == "chat"] == ["a", "b"]


# ------------------------------------------------------------------ dying


class DiedError(BaseException):
    """Stands for a kill: nothing after it runs."""


def test_whoever_dies_while_sending_sends_again_and_others_wait_and_then_do(stand, monkeypatch):
    def dies(*_):
        raise DiedError

    monkeypatch.setattr("gate.usecases.alerting.alarm.fan_out", dies)
    with pytest.raises(DiedError):
        stand.tell("a")
    monkeypatch.undo()
    assert stand.tell("b")["chat"] is SUPPRESSED  # perhaps it is just being sent
    assert stand.again().remind() in ((), [])
    other = Stand(stand.folder)
    other.later(minutes=1)
    assert other.alarm.remind()  # whoever began it is dead
    assert other.ids() == ["a"]
    assert stand.tell("a")["chat"] is DELIVERED
    assert stand.ids() == []


def test_the_same_alert_after_a_death_is_sent_at_once(stand, monkeypatch):
    def dies(*_):
        raise DiedError

    monkeypatch.setattr("gate.usecases.alerting.alarm.remembered", dies)
    with pytest.raises(DiedError):
        stand.tell("a")
    monkeypatch.undo()
    assert stand.tell("a")["chat"] is DELIVERED
    assert stand.ids() == ["a", "a"]  # at least once, and recognisable


# ------------------------------------------------------------------ laws

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.sampled_from("abcd"), st.sampled_from(Severity)),
        st.tuples(st.just("recovered"), st.sampled_from("rst"), st.none()),
        st.tuples(st.just("remind"), st.none(), st.none()),
        st.tuples(st.just("later"), st.integers(1, 40), st.none()),
        st.tuples(st.just("chat"), st.sampled_from(["ok", "never", "hang"]), st.none()),
        st.tuples(st.just("ack"), st.none(), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_nobody_has_an_alert_twice_by_receipt_and_what_rings_is_heard_in_the_end(steps, tmp_path_factory):
    stand = Stand(tmp_path_factory.mktemp("law"), escalate_most=1)
    verbs = {
        "tell": stand.tell,
        "recovered": lambda name, _: stand.recovered(name),
        "remind": lambda *_: stand.alarm.remind(),
        "later": lambda minutes, _: stand.later(minutes=minutes),
        "chat": lambda mode, _: stand.chat.will(mode),
        "ack": lambda *_: [stand.alarm.acknowledge(one.alert.key, "alice") for one in stand.alarm.ringing()],
    }
    for verb, what, severity in steps:
        verbs[verb](what, severity)
    delivered = [one.delivery for one in stand.log if one.delivery.outcome is DELIVERED]
    receipts = [
        (one.alert, one.channel) for one in delivered if one.channel != "terminal"
    ]  # the last resort may repeat
    assert len(receipts) == len(set(receipts))
    stand.chat.will("ok")
    for _ in range(4):
        stand.later(minutes=20)
        stand.alarm.remind()
    for ring in stand.alarm.ringing():
        if ring.severity is not Severity.INFO:
            assert (ring.alert.id, "chat") in {
                (one.delivery.alert, one.delivery.channel) for one in stand.log if one.delivery.outcome is DELIVERED
            }
