"""Carry alerts from the outbox to people: at least once, never silently lost, by an id that tells one sent twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from gate.domain.alert import ONSET, Alert, AlertKind, Delivery, Sent, Severity
from gate.domain.incident import Entry, Stage
from gate.domain.verdict import Verdict, VerdictRecord
from gate.errors import GateError
from gate.ports.alarm import Alarm
from gate.ports.incidents import Incidents
from gate.ports.monitoring import MonitorStore, Outgoing, Remedy
from gate.usecases.monitoring.lanes import iso
from gate.usecases.monitoring.watch import VERDICT

INCIDENT = "incident:"
FIRST_PAUSE = 15.0
LONGEST_PAUSE = 600.0
REMINDING = timedelta(seconds=15)
ARRIVED = (Sent.DELIVERED, Sent.UNKNOWN, Sent.SUPPRESSED)
BY = "gate monitor"


class Courier:
    """Delivers what waits, the oldest first; what fails waits for its turn again, and holds nothing else up."""

    def __init__(
        self,
        *,
        store: MonitorStore,
        alarm: Alarm,
        incidents: Incidents | None = None,
        remedy: Remedy | None = None,
        clock: Callable[[], datetime],
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._alarm, self._incidents, self._remedy = store, alarm, incidents, remedy
        self._clock, self._settle = clock, settle
        self._reminded: datetime | None = None
        self._after: dict[int, datetime] = {}
        self.said: list[str] = []
        """What went wrong, a line each."""

    def deliver(self) -> int:
        """Carry everything whose turn it is; return how much has been told. What can wait is done afterwards."""
        told = 0
        for outgoing in self._store.waiting():
            if self._after.get(outgoing.number, self._clock()) <= self._clock():
                told += self._carried(outgoing)
        if told:
            self._settle()
        self._remind()
        return told

    def _remind(self) -> None:
        """Escalate what nobody has answered: looked at now and then, for escalations are minutes apart."""
        now = self._clock()
        if self._reminded is None or not timedelta(0) <= now - self._reminded < REMINDING:
            self._reminded = now
            self._alarm.remind()

    def _carried(self, outgoing: Outgoing) -> bool:
        alert = self._with_incident(outgoing.alert)
        deliveries = self._told(alert)
        if not any(one.outcome in ARRIVED for one in deliveries):
            pause = min(FIRST_PAUSE * 2.0 ** min(outgoing.tries, 10), LONGEST_PAUSE)
            self._after[outgoing.number] = self._clock() + timedelta(seconds=pause)
            self._store.failed(outgoing.number)
            return False
        self._noted(alert, deliveries)
        self._taken_back(alert)
        self._store.told(outgoing.number)
        return True

    def _told(self, alert: Alert) -> tuple[Delivery, ...]:
        try:
            deliveries = tuple(self._alarm.tell(alert))
        except GateError as error:
            self.said.append(f"alert {alert.id} was not told: {error.message}")
            return ()
        failed = [f"{one.channel}: {one.sentence}" for one in deliveries if one.outcome is Sent.FAILED]
        if failed:
            self.said.append(f"alert {alert.id} failed at {'; '.join(failed)}")
        return deliveries

    # ------------------------------------------------------------------ incident

    def _with_incident(self, alert: Alert) -> Alert:
        """The incident that the alert belongs to: opened by what rings, remembered for what is quiet again."""
        if self._incidents is None or (alert.severity is Severity.INFO and alert.kind is AlertKind.FIRING):
            return alert
        if alert.kind is not AlertKind.FIRING:
            known = self._store.part(f"{INCIDENT}{alert.key}").decode()
            return msgspec.structs.replace(alert, incident=known)
        try:
            began = next((fact.value for fact in alert.facts if fact.name == ONSET), "")
            incident = self._incidents.opened(alert, facts_at=began).id
        except GateError as error:
            self.said.append(f"no incident for alert {alert.id}: {error.message}")
            return alert
        self._store.commit({f"{INCIDENT}{alert.key}": incident.encode()}, None, ())
        return msgspec.structs.replace(alert, incident=incident)

    def _noted(self, alert: Alert, deliveries: tuple[Delivery, ...]) -> None:
        arrived = [one for one in deliveries if one.outcome in (Sent.DELIVERED, Sent.UNKNOWN)]
        if alert.kind is AlertKind.FIRING and arrived:
            channels = ", ".join(one.channel for one in arrived)
            self._note(alert, Stage.ALERTED, f"told: {channels}", arrived[0].at)
        elif alert.kind is AlertKind.RECOVERED:
            self._note(alert, None, f"{alert.title}: {alert.text}", alert.at)

    def _note(self, alert: Alert, stage: Stage | None, text: str, at: str) -> None:
        if self._incidents is None or not alert.incident:
            return
        name = f"{alert.id}:{stage.value if stage else 'note'}"
        try:
            self._incidents.noted(alert.incident, Entry(id=name, at=at, stage=stage, text=text, by=BY))
        except GateError as error:
            self.said.append(f"nothing noted in incident {alert.incident}: {error.message}")

    # ------------------------------------------------------------------ rollback

    def _taken_back(self, alert: Alert) -> None:
        """Where the policy allows it, and the records show it beyond doubt."""
        raw = self._store.part(f"{VERDICT}{alert.id}")
        if self._remedy is None or not raw:
            return
        verdict = msgspec.msgpack.decode(raw, type=VerdictRecord)
        if verdict.verdict is not Verdict.ROLL_BACK:
            said = f"nothing is taken back: {verdict.verdict.value}, {verdict.reason}"
        else:
            try:
                said = self._remedy.take_back(verdict, alert)
            except GateError as error:
                said = f"the rollback did not go ahead: {error.message}"
        self.said.append(said)
        self._note(alert, Stage.DECIDED, said, iso(self._clock()))
