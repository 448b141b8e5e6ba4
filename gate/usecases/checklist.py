"""Go through a checklist: evidence first, a person's word only where no machine can see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.domain.checklist import BOXES, Checklist, Phase, Word
from gate.domain.incident import Incident, Stage, written
from gate.errors import BrokenQuestionError
from gate.judging.checklist import gone_through
from gate.judging.clock import progress
from gate.ports.incidents import EvidenceFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class Checker:
    """Who goes through the lists."""

    evidence: EvidenceFolder
    clock: Callable[[], datetime]

    def go_through(self, phase: Phase) -> tuple[Checklist, Sequence[str]]:
        """The list, and a line for each file that should prove something and cannot be read."""
        seen, damaged = self.evidence.seen()
        return gone_through(phase, seen, self.evidence.words(), self.clock()), damaged

    def say(self, phase: Phase, box: str, by: str, note: str) -> None:
        """Write down a person's word of a box of this list."""
        known = [one.text for one in BOXES if one.phase is phase]
        if box not in known:
            raise BrokenQuestionError(f"'{box:.80}' is no box of '{phase}'", f"boxes: {'; '.join(known)}")
        if not by.strip() or not note.strip():
            raise BrokenQuestionError("a box is not ticked by hand alone", "say who and how: --by NAME --note TEXT")
        word = Word(phase=phase, box=box, by=_line(by), note=_line(note), at=written(self.clock()))
        self.evidence.say(word)


def _line(text: str) -> str:
    return " ".join(text.encode(errors="replace").decode().split())[:500]


def recorded(incidents: Sequence[Incident], damaged: Sequence[str], now: datetime) -> tuple[bool, str]:
    """Whether every incident's record can be read and none owes its documentation beyond the deadline, and in words."""
    late = [
        one.id
        for one in incidents
        if any(
            step.stage is Stage.DOCUMENTED and step.is_miss and not step.done for step in progress(one, now).deadlines
        )
    ]
    told = f"{len(incidents)} incidents, {len(damaged)} cannot be read, {len(late)} owe their documentation"
    return not damaged and not late, told
