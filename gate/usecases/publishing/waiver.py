"""An override: somebody with write access lets this head pass, and says why. Who, when and why are kept.

A label (`gate:override`) or a comment that begins with `/gate override`, given after the head was pushed: what somebody
let pass is what they saw.
"""

from collections.abc import Sequence
from datetime import datetime

from gate.domain.publication import Comment, Override, Pull, same_name
from gate.ports.publishing import CodeHost

LABEL = "gate:override"
COMMAND = "/gate override"
MAY = frozenset({"write", "maintain", "admin"})
MOST_ASKED = 5
"""People whose permission is asked for; strangers may write as many comments as they like."""
MOST_WORDS = 300


def override_of(host: CodeHost, pull: Pull, comments: Sequence[Comment], since: datetime | None) -> Override | None:
    """The newest override that counts."""
    given = [*_commented(comments, since), *_labelled(host, pull, comments, since)]
    newest_first = sorted(given, key=lambda one: one.at, reverse=True)
    allowed: dict[str, str] = {}
    for one in newest_first:
        if one.by not in allowed:
            if len(allowed) >= MOST_ASKED:
                break
            allowed[one.by] = host.permission(one.by)
        if allowed[one.by] in MAY:
            return Override(by=one.by, at=one.at, why=one.why, permission=allowed[one.by])
    return None


def _commented(comments: Sequence[Comment], since: datetime | None) -> list[Override]:
    return [
        Override(by=one.author, at=one.created_at, why=_why(one.body), permission="")
        for one in comments
        if is_command(one.body) and (since is None or one.created_at >= since)
    ]


def is_command(body: str) -> bool:
    """The first words of the comment, and nothing quoted."""
    first, _, _ = body.strip().partition("\n")
    return first == COMMAND or first.startswith((f"{COMMAND} ", f"{COMMAND}:"))


def _why(body: str) -> str:
    return body.strip().removeprefix(COMMAND).lstrip(": ")[:MOST_WORDS] or "no reason was given"


def _labelled(host: CodeHost, pull: Pull, comments: Sequence[Comment], since: datetime | None) -> list[Override]:
    """Who put the label on is read from the events; the newest comment of theirs that is a command says why."""
    if not any(same_name(LABEL, label) for label in pull.labels):
        return []
    applied = host.applied(pull.number, LABEL)
    if applied is None or (since is not None and applied.at < since):
        return []
    said = [one for one in _commented(comments, since) if same_name(applied.by, one.by)]
    why = said[-1].why if said else f"label {LABEL}; no reason was given"
    return [Override(by=applied.by, at=applied.at, why=why, permission="")]
