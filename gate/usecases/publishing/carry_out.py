"""Does what was decided, and looks afterwards whether somebody else did the same at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import msgspec

from gate.domain.publication import (
    Action,
    AddLabel,
    Check,
    Comment,
    DeleteComment,
    RemoveLabel,
    SetStatus,
    Stamp,
    WriteCheck,
    WriteComment,
)
from gate.ports.publishing import CodeHost
from gate.report.comment import MARK, read_marker
from gate.usecases.publishing.plan import SUCCESS, stamp_of

NEVER = Stamp(run_id=-1, attempt=0)
ROUNDS = 3
"""Times that a later answer is taken over; each needs another run to end in these very seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hands:
    """Who carries out."""

    host: CodeHost
    author: str
    stamp: Stamp

    def carry_out(self, actions: Sequence[Action]) -> None:
        """Do them in order; then yield to whoever answered later."""
        for action in actions:
            self._do(action)
        status = next((one for one in actions if isinstance(one, SetStatus)), None)
        check = next((one for one in actions if isinstance(one, WriteCheck)), None)
        if status is not None and check is not None:
            self._settle(status, check)

    def _do(self, action: Action) -> None:
        match action:
            case SetStatus():
                self.host.set_status(action)
            case WriteCheck():
                self.host.write_check(action)
            case WriteComment():
                self._comment(action)
            case DeleteComment():
                self.host.delete_comment(action)
            case AddLabel():
                self.host.add_label(action)
            case RemoveLabel():
                self.host.remove_label(action)
            case _:
                assert_never(action)

    def _comment(self, action: WriteComment) -> None:
        """One comment: where another run made one at the same time, the older stays and has the later answer."""
        made = self.host.write_comment(action, self.author, MARK)
        if action.edit == made:
            return
        first = first_of_ours(self.host.comments(action.number), self.author)
        if first is None or first.id == made:
            return
        told = read_marker(first.body)
        if told is None or told[1] <= self.stamp:
            self.host.write_comment(msgspec.structs.replace(action, edit=first.id), self.author, MARK)
        self.host.delete_comment(DeleteComment(id=made))

    def _settle(self, status: SetStatus, check: WriteCheck) -> None:
        """No earlier answer beside or over a later one: whoever looks last repeats what the latest run said."""
        said = status.state
        for _ in range(ROUNDS):
            found = [one for one in self.host.checks(check.sha, check.name) if stamp_of(one) is not None]
            latest = max(found, key=_stamp, default=None)
            if latest is None:
                return
            self._align(latest, found, check)
            repeated = state_after(latest.conclusion)
            if _stamp(latest) <= self.stamp or repeated == said:
                return
            self.host.set_status(msgspec.structs.replace(status, state=repeated, description=latest.title))
            said = repeated

    def _align(self, latest: Check, found: Sequence[Check], check: WriteCheck) -> None:
        """Check runs cannot be deleted: an older one that says something else is made to say the same."""
        for one in found:
            if one.conclusion != latest.conclusion:
                same = msgspec.structs.replace(
                    check,
                    adopt=one.id,
                    external_id=latest.external_id,
                    conclusion=latest.conclusion,
                    title=latest.title,
                    summary=latest.summary,
                    annotations=(),
                )
                self.host.write_check(same)


def state_after(conclusion: str) -> str:
    """The status that goes with a check run's conclusion; what is unknown is no success."""
    return SUCCESS if conclusion == SUCCESS else "failure"


def first_of_ours(comments: Sequence[Comment], author: str) -> Comment | None:
    """The oldest comment with our marker that is by us: anybody can write a marker."""
    ours = (one for one in comments if one.author == author and one.body.startswith(MARK))
    return min(ours, key=lambda one: one.id, default=None)


def _stamp(check: Check) -> Stamp:
    return stamp_of(check) or NEVER
