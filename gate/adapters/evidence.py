"""What gate's own records prove, read strictly: anything else in those folders proves nothing, and is named."""

import fcntl
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gate.disk import whole
from gate.domain.checklist import Evidence, Shows, Word
from gate.domain.culprit import Culprits
from gate.domain.incident import moment, written
from gate.domain.rollback import Check, Drill, Proof, Record, Shown
from gate.domain.verdict import VerdictRecord
from gate.errors import GateError, ObservationError, OutputError

LARGEST = 32_000_000
"""Bytes of a file that are read."""
NEWEST = 50
"""Files of a folder that are read, the last names."""
KINDS: tuple[tuple[type[Any], str], ...] = (
    (Drill, "rehearsals"),
    (Proof, "checks"),
    (VerdictRecord, "judgements"),
    (Culprits, "findings"),
    (Record, "ending"),
)
"""Each with the field that no other has."""
SCRIPTS = ("emergency_rollback.sh", "verify_system.sh")
CHECKS = {
    Shows.STABLE: ("tree", "refs"),
    Shows.DATA: ("data and state",),
    Shows.METRICS: ("metrics",),
}
"""The questions of a proof that a box asks; "refs" only where it was asked."""
TESTS = {
    Shows.LOAD: re.compile(r"under_load|load_test"),
    Shows.STRESS: re.compile(r"stress|killed_at_any_step"),
    Shows.CONCURRENT: re.compile(r"concurrent|at_once"),
}
"""By the names of test cases in a JUnit report."""
T = TypeVar("T", "AlertTest", "Snapshot")
A_DAY = timedelta(hours=24)


def read(path: Path) -> Any | None:
    """A record, proof, drill, verdict or culprit; None where it is none of them, or of another schema."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        content = path.read_bytes()
        raw = msgspec.json.decode(content)
        kind = next((kind for kind, field in KINDS if isinstance(raw, dict) and field in raw), None)
        found = msgspec.json.decode(content, type=kind) if kind else None
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    return found if found is not None and found.schema == 1 else None


def ended_at(path: Path) -> str:
    """When what a record tells was done: its time and how long it took; "" where it says nothing."""
    found = read(path)
    at, seconds = getattr(found, "at", ""), getattr(found, "seconds", 0.0)
    try:
        return written(moment(at) + timedelta(seconds=seconds if isinstance(seconds, float) else 0.0)) if at else ""
    except (GateError, OverflowError, ValueError):
        return ""


# ------------------------------------------------------------------ formats of other commands


class _Channel(msgspec.Struct, frozen=True):
    name: str
    outcome: str


class AlertTest(msgspec.Struct, frozen=True):
    """What `gate alert test` leaves: each channel, and what became of the test."""

    at: str
    channels: tuple[_Channel, ...]
    schema: int = 1


class _Feed(msgspec.Struct, frozen=True):
    state: str


class _Standing(msgspec.Struct, frozen=True):
    metric: str
    state: str


class Snapshot(msgspec.Struct, frozen=True):
    """What the monitor writes about once a second, as far as a box asks for it."""

    at: str
    started_at: str
    feed: _Feed
    standings: tuple[_Standing, ...] = ()
    firing: tuple[str, ...] = ()
    schema: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFiles:
    """Implements the port EvidenceFolder."""

    root: Path
    """gate.toml's folder."""
    now: datetime
    recorded: tuple[bool, str]
    """Whether every incident's record can be read and none owes its documentation, and in words."""
    snapshots: Sequence[str] = (".gate/monitor.json", "reports/monitor/*.json")
    alerts: str = "reports/alerts"

    def seen(self) -> tuple[Sequence[Evidence], Sequence[str]]:
        """Return everything that proves something, and a line for each file that should and cannot be read."""
        found, damaged = [self._scripts(), self._records()], []
        for path, parse in self._files():
            try:
                found += parse(path)
            except (GateError, OSError, msgspec.DecodeError, ET.ParseError, ValueError, RecursionError) as error:
                why = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
                damaged.append(f"{self._name(path)} proves nothing: {why}")
        return found, damaged

    def _files(self) -> Iterator[tuple[Path, Any]]:
        sources = (
            ("reports/drills/*.json", self._drill),
            ("reports/verifications/*.json", self._proof),
            (f"{self.alerts}/*.json", self._alert_test),
            ("reports/tests/*.xml", self._tests),
            *((pattern, self._snapshot) for pattern in self.snapshots),
        )
        for pattern, parse in sources:
            for path in sorted(self.root.glob(pattern))[-NEWEST:]:
                yield path, parse

    # -------------------------------------------------------------- one kind each

    def _drill(self, path: Path) -> list[Evidence]:
        drill = read(path)
        if not isinstance(drill, Drill):
            raise ValueError("it is no drill's record")  # noqa: TRY004
        levels = ", ".join(f"level {int(one.level)} {one.shown.value}" for one in drill.rehearsals)
        holds = drill.shown is Shown.HOLDS and len({one.level for one in drill.rehearsals}) == 3
        return [self._evidence(Shows.DRILL, drill.at, path, holds=holds, sentence=f"{levels} in {drill.seconds:.0f} s")]

    def _proof(self, path: Path) -> list[Evidence]:
        proof = read(path)
        if not isinstance(proof, Proof):
            raise ValueError("it is no proof of gate verify")  # noqa: TRY004
        asked = {one.name: one for one in proof.checks if one.shown is not Shown.NOT_ASKED}
        found = ((shows, [asked[name] for name in names if name in asked]) for shows, names in CHECKS.items())
        return [self._checked(shows, checks, proof, path) for shows, checks in found if checks]

    def _checked(self, shows: Shows, checks: Sequence[Check], proof: Proof, path: Path) -> Evidence:
        """A question that was not asked is no evidence, for nor against."""
        holds = checks[0].name == CHECKS[shows][0] and all(one.shown is Shown.HOLDS for one in checks)
        told = ", ".join(f"{one.name} {one.shown.value}" for one in checks)
        return self._evidence(shows, proof.at, path, holds=holds, sentence=told)

    def _alert_test(self, path: Path) -> list[Evidence]:
        content = _content(path)
        raw = msgspec.json.decode(content)
        if not isinstance(raw, dict) or "channels" not in raw:
            return []  # deliveries lie there, too
        test = _known(msgspec.json.decode(content, type=AlertTest))
        told = ", ".join(f"{one.name} {one.outcome}" for one in test.channels) or "no channel is configured"
        holds = bool(test.channels) and all(one.outcome == "delivered" for one in test.channels)
        return [self._evidence(Shows.ALERTS, test.at, path, holds=holds, sentence=told)]

    def _snapshot(self, path: Path) -> list[Evidence]:
        one = _known(msgspec.json.decode(_content(path), type=Snapshot))
        up, rings = one.feed.state == "ok", f"{len(one.firing)} alerts ring" if one.firing else "nothing rings"
        unwell = [standing.metric for standing in one.standings if standing.state != "ok"]
        watched = moment(one.at) - moment(one.started_at)
        told = f"feed {one.feed.state}, {rings}"
        metrics = f"{len(one.standings)} metrics, not ok: {', '.join(unwell[:5]) or 'none'}"
        hours = f"watched for {watched.total_seconds() / 3600:.1f} hours, {told}"
        quiet = up and not one.firing
        return [
            self._evidence(Shows.WATCH, one.at, path, holds=up, sentence=told),
            self._evidence(Shows.QUIET, one.at, path, holds=quiet, sentence=told),
            self._evidence(
                Shows.METERED, one.at, path, holds=quiet and bool(one.standings) and not unwell, sentence=metrics
            ),
            self._evidence(Shows.DAY, one.at, path, holds=quiet and watched >= A_DAY, sentence=hours),
        ]

    def _tests(self, path: Path) -> list[Evidence]:
        """A JUnit report. Entities are refused: nothing that pytest writes has any."""
        content = _content(path)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise ValueError("it declares entities")
        found = []
        for suite in ET.fromstring(content).iter("testsuite"):  # noqa: S314  no entities, and of bounded size
            at = _local(suite.get("timestamp", ""))
            for shows, pattern in TESTS.items():
                cases = [one for one in suite.iter("testcase") if pattern.search(one.get("name", ""))]
                if cases:
                    passed = sum(
                        not len(one.findall("failure") + one.findall("error") + one.findall("skipped")) for one in cases
                    )
                    told = f"{passed} of {len(cases)} passed: {cases[0].get('name', '')[:120]}"
                    found.append(self._evidence(shows, at, path, holds=passed == len(cases), sentence=told))
        return found

    def _scripts(self) -> Evidence:
        folder = self.root / "scripts"
        wrong = [name for name in SCRIPTS if not os.access(folder / name, os.X_OK) or not (folder / name).is_file()]
        told = f"missing or not executable: {', '.join(wrong)}" if wrong else f"{', '.join(SCRIPTS)} are executable"
        return self._evidence(Shows.SCRIPTS, written(self.now), folder, holds=not wrong, sentence=told)

    def _records(self) -> Evidence:
        holds, told = self.recorded
        return Evidence(shows=Shows.RECORDED, at=written(self.now), holds=holds, sentence=told)

    def _evidence(self, shows: Shows, at: str, path: Path, *, holds: bool, sentence: str) -> Evidence:
        return Evidence(shows=shows, at=written(moment(at)), holds=holds, sentence=sentence, path=self._name(path))

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.root)).as_posix()

    # -------------------------------------------------------------- what people say

    def words(self) -> Sequence[Word]:
        """Return what people said of boxes."""
        try:
            words = msgspec.json.decode(_content(self._said), type=list[Word])
            for word in words:
                moment(word.at)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, GateError) as error:
            raise ObservationError(
                f"{self._said} cannot be read: {str(error).splitlines()[0][:160]}", "bring back what git has of it"
            ) from error
        return words

    def say(self, word: Word) -> None:
        """Write down what somebody says, under a lock, whole."""
        try:
            if not self._said.parent.exists():
                self._said.parent.mkdir(parents=True, exist_ok=True)
                whole(self._said.parent / ".gitignore", b".lock\n")
            with (self._said.parent / ".lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                whole(self._said, msgspec.json.format(msgspec.json.encode([*self.words(), word]), indent=2) + b"\n")
        except OSError as error:
            raise OutputError(f"cannot write {self._said}: {error.strerror}", "may it be written?") from error

    @property
    def _said(self) -> Path:
        return self.root / "reports/checklists/said.json"


def _known(found: T) -> T:
    """Refuse what another gate wrote: what it means is not known here."""
    if found.schema != 1:
        raise ValueError(f"it has schema {found.schema}")
    return found


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST:,} bytes")
    return path.read_bytes()


def _local(at: str) -> str:
    """JUnit's times have no zone in older writers: then they are this machine's."""
    found = datetime.fromisoformat(at)
    return written(found.astimezone(UTC))
