"""What monitoring needs of the world: lines that come in, a place to keep where it stands, who takes back."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from gate.domain.alert import Alert
from gate.domain.monitoring import Problem
from gate.domain.verdict import VerdictRecord

Role = Literal["live", "shadow"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far one file has been read."""

    device: int
    inode: int
    offset: int
    """Bytes of whole lines that were handed out."""
    head: bytes = b""
    """Its first bytes: what tells it from a later file in the same place."""
    skipping: bool = False
    """Within a line that is too long to be read."""
    newest: str = ""
    """The time that its last line names: of several files the one that lags behind is read first."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some whole lines of one file, and how far it has been read with them."""

    role: Role
    lines: Sequence[bytes]
    path: str
    place: Place
    problems: tuple[Problem, ...] = ()
    """What was wrong with the file itself."""
    gone: tuple[Place, ...] = ()
    """Files that need not be remembered any more."""


class RecordSource(Protocol):
    """Where the records come in."""

    def read(self) -> Batch | None:
        """Return the next whole lines; None where there are none yet. What it returned counts as read."""

    def close(self) -> None:
        """Let go of the files."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that waits to be told."""

    number: int
    alert: Alert
    tries: int = 0


class MonitorStore(Protocol):
    """Where the monitor stands. Raises OutputError where it cannot be kept; then nothing of it is."""

    def state(self) -> Mapping[str, bytes]:
        """Return what was kept last."""

    def part(self, name: str) -> bytes:
        """Return one part of it; empty where there is none."""

    def places(self) -> Sequence[Place]:
        """Return how far each file has been read."""

    def commit(self, state: Mapping[str, bytes], batch: Batch | None, alerts: Sequence[Alert]) -> None:
        """Keep parts of the state, the place in the files and new alerts: all at once, or nothing."""

    def waiting(self) -> Sequence[Outgoing]:
        """Return the alerts that nobody has been told of, the oldest first."""

    def told(self, number: int) -> None:
        """Note that one has been told."""

    def failed(self, number: int) -> None:
        """Note that telling it failed once more."""

    def alerts(self) -> Sequence[Alert]:
        """Return every alert there was, the oldest first."""


class Remedy(Protocol):
    """Who takes back."""

    def take_back(self, verdict: VerdictRecord, alert: Alert) -> str:
        """Propose or carry out what the verdict means, and return one sentence. Raises GateError."""
