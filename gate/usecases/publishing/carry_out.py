"""Does what was decided, and looks afterwards whether somebody else did the same at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import msgspec

from gate.domain.publication import (
    Action,
    Check,
    Comment,
    DeleteComment,
    Relabel,
    SetStatus,
    Stamp,
    WriteCheck,
    WriteComment,
    same_name,
)
from gate.errors import GitHubError
from gate.ports.publishing import CodeHost
from gate.report.comment import MARK, read_marker
from gate.usecases.publishing.plan import SUCCESS, stamp_of

NEVER = Stamp(run_id=-1, attempt=0)
ROUNDS = 3
"""Times that a later answer is taken over; each needs another run to end in these very seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A comment that was not there before."""

    action: WriteComment
    id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Hands:
    """Who carries out."""

    host: CodeHost
    author: str
    stamp: Stamp

    def carry_out(self, actions: Sequence[Action]) -> None:
        """Do them in order; then yield to whoever answered later. Raises GitHubError."""
        refused: list[GitHubError] = []
        made = [one for one in (self._tried(action, refused) for action in actions) if one is not None]
        status = next((one for one in actions if isinstance(one, SetStatus)), None)
        check = next((one for one in actions if isinstance(one, WriteCheck)), None)
        found = self._settle(status, check) if status is not None and check is not None else []
        # A comment is written before its check run, so of two that were at it at once one at least sees the other here.
        alone = check is not None and check.adopt is None and len(found) == 1
        for comment in () if alone else made:
            self._one_comment(comment)
        if refused:
            raise refused[0]

    def _tried(self, action: Action, refused: list[GitHubError]) -> Made | None:
        """A status that is refused and would open nothing silences nothing: check and comment say it all the same."""
        try:
            return self._do(action)
        except GitHubError as error:
            if error.may_pass or not isinstance(action, SetStatus) or action.state == SUCCESS:
                raise
            refused.append(error)
            return None

    def _do(self, action: Action) -> Made | None:
        """A comment that was made, not edited."""
        match action:
            case SetStatus():
                self.host.set_status(action)
            case WriteCheck():
                self.host.write_check(action)
            case WriteComment():
                there = self.host.write_comment(action, self.author, MARK)
                return None if action.edit == there else Made(action=action, id=there)
            case DeleteComment():
                self.host.delete_comment(action)
            case Relabel():
                self.host.relabel(action)
            case _:
                assert_never(action)
        return None

    def _one_comment(self, made: Made) -> None:
        """One comment: where another run made one at the same time, the older stays and has the later answer."""
        first = first_of_ours(self.host.comments(made.action.number), self.author)
        if first is None or first.id == made.id:
            return
        told = read_marker(first.body)
        if told is None or told[1] <= self.stamp:
            self.host.write_comment(msgspec.structs.replace(made.action, edit=first.id), self.author, MARK)
        self.host.delete_comment(DeleteComment(id=made.id))

    def _settle(self, status: SetStatus, check: WriteCheck) -> Sequence[Check]:
        """No earlier answer beside or over a later one: whoever looks last repeats what the latest run said.

        Returns the check runs of ours that were there.
        """
        said = status.state
        found: list[Check] = []
        for _ in range(ROUNDS):
            found = [one for one in self.host.checks(check.sha, check.name) if stamp_of(one, self.author) is not None]
            latest = max(found, key=self._stamp, default=None)
            if latest is None:
                break
            self._align(latest, found, check)
            repeated = state_after(latest.conclusion)
            if self._stamp(latest) <= self.stamp or repeated == said:
                break
            self.host.set_status(msgspec.structs.replace(status, state=repeated, description=latest.title))
            said = repeated
        return found

    def _stamp(self, check: Check) -> Stamp:
        return stamp_of(check, self.author) or NEVER

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
    return next(iter(of_ours(comments, author)), None)


def of_ours(comments: Sequence[Comment], author: str) -> list[Comment]:
    """All of them, the oldest first; more than one only where a publish died in the middle."""
    ours = [one for one in comments if same_name(author, one.author) and one.body.startswith(MARK)]
    return sorted(ours, key=lambda one: one.id)
