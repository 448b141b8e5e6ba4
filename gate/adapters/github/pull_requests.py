"""`gate.ports.PullRequests` at GitHub: pull requests in every state, labels with who put them on, issues."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from gate.adapters.github.asking import MOST_EVENTS, permission
from gate.adapters.github.client import Client
from gate.domain.publication import same_name
from gate.domain.rollback import Applied, PullRequest
from gate.errors import GitHubError

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.PullRequest import PullRequest as Theirs

MOST = 300
"""Of anything longer the rest is not looked at."""
MARK = re.compile(r"<!-- gate-rollback: ([0-9a-f]{16}) -->")
MAY_WRITE = frozenset({"admin", "maintain", "write"})
T = TypeVar("T")


class GitHubPullRequests:
    """A repository's pull requests, labels and issues."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._owner = client.connection.repository.partition("/")[0]

    def refusal(self) -> str:
        """Why a pull request may not be opened here with these credentials; "" where it may.

        Which settings hold for a job's own token it may not read. So it is asked for what can never come to be, a pull
        request of a branch into itself: 403 says that it may not, 422 that it may.
        """
        repository = self._client.repository
        target = self._client.read("the default branch", lambda: str(repository.complete().default_branch))

        def ask() -> str:
            repository.create_pull(base=target, head=target, title="May gate open pull requests?")
            return ""

        try:
            return self._client.read("may pull requests be opened here", ask)
        except GitHubError as error:
            if error.status in (403, 404):
                return error.message
            if error.status == 422:
                return ""
            raise

    def of_branch(self, branch: str) -> Sequence[PullRequest]:
        """Find the pull requests of a branch in every state, the newest first."""
        head = f"{self._owner}:{branch}"

        def ask() -> list[PullRequest]:
            found = self._client.repository.get_pulls(state="all", head=head, sort="created", direction="desc")
            return [_pull(one) for one in islice(found, 100) if one.head.ref == branch]

        return self._client.read(f"pull requests of {branch}", ask)

    def numbered(self, number: int) -> PullRequest:
        """Return a pull request with its commits."""

        def ask() -> PullRequest:
            pull = self._client.repository.get_pull(number)
            subjects = tuple(one.commit.message.partition("\n")[0] for one in islice(pull.get_commits(), MOST))
            return _pull(pull.complete(), subjects)

        return self._client.read(f"pull request {number}", ask)

    def labels_on_culprits(self, shas: Sequence[str], label: str) -> Sequence[Applied]:
        """Say who put this label on the pull requests of these commits."""
        numbers = {number: None for sha in shas for number in self._pulls_of(sha, label)}
        return [self._applied(number, label, f"pull request #{number}") for number in numbers]

    def _pulls_of(self, sha: str, label: str) -> Sequence[int]:
        def ask() -> list[int]:
            pulls = islice(self._client.repository.get_commit(sha).get_pulls(), 100)
            return [one.number for one in pulls if any(same_name(label, each.name) for each in one.labels)]

        return self._client.found(f"pull requests of {sha[:12]}", ask) or ()

    def labels_on_issues(self, label: str) -> Sequence[Applied]:
        """Say who put this label on open issues."""

        def ask() -> list[int]:
            return [one.number for one in islice(self._client.repository.get_issues(state="open", labels=[label]), 20)]

        numbers = self._unless_switched_off(f"issues with the label {label}", ask)
        return [self._applied(number, label, f"issue #{number}") for number in numbers]

    def _unless_switched_off(self, what: str, ask: Callable[[], list[int]]) -> list[int]:
        """Where a repository has no issues none of them says anything. What may not be seen is another matter."""
        try:
            return self._client.read(what, ask)
        except GitHubError as error:
            if error.status == 410:
                return []
            raise

    def _applied(self, number: int, label: str, place: str) -> Applied:
        """Whoever put it on last; the issue's own events tell it, whatever anybody writes."""

        def ask() -> str:
            events = islice(self._client.repository.get_issue(number).get_events(), MOST_EVENTS)
            told = [one for one in events if one.event == "labeled" and same_name(label, one.label.name) and one.actor]
            return max(told, key=lambda event: event.created_at).actor.login if told else ""

        by = self._client.read(f"events of {place}", ask)
        return Applied(
            label=label, place=place, by=by or "somebody", may_write=permission(self._client, by) in MAY_WRITE
        )

    def keys_since(self, since: str) -> Sequence[str]:
        """Return the keys of the rollbacks proposed since a time."""
        first = datetime.fromisoformat(since)

        def ask() -> list[str]:
            pulls = self._client.repository.get_pulls(state="all", sort="created", direction="desc")
            return _keys(one for one in _since(islice(pulls, MOST), first) if self._is_from_here(one))

        return self._client.read("today's pull requests", ask)

    def _is_from_here(self, pull: "Theirs") -> bool:
        """A fork's pull request may say anything: only who can push here proposes a rollback."""
        head = pull.head.repo
        return head is not None and same_name(self._client.connection.repository, head.full_name)

    def open(self, branch: str, target: str, title: str, body: str) -> PullRequest:
        """Open a pull request, or adopt the open one of this branch."""

        def send() -> PullRequest:
            made = self._client.repository.create_pull(base=target, head=branch, title=title, body=body)
            return _pull(made)

        return self._client.write(f"open the pull request of {branch}", send, lambda: self._open_one(branch))

    def _open_one(self, branch: str) -> PullRequest | None:
        return next((one for one in self.of_branch(branch) if one.state == "open"), None)

    def issue(self, key: str, title: str, body: str) -> PullRequest:
        """Open an issue, or return the open one of this key."""
        marked = body if MARK.search(body) else f"{body}\n<!-- gate-rollback: {key} -->\n"
        there = self._issue_of(key)
        if there is not None:
            return there

        def send() -> PullRequest:
            return _issue(self._client.repository.create_issue(title=title, body=marked))

        return self._client.write("open an issue", send, lambda: self._issue_of(key))

    def _issue_of(self, key: str) -> PullRequest | None:
        def ask() -> PullRequest | None:
            found = islice(self._client.repository.get_issues(state="open"), MOST)
            ours = (one for one in found if one.pull_request is None and key in _keys([one]) and self._is_ours(one))
            return next((_issue(one) for one in ours), None)

        return self._client.read("open issues", ask)

    def _is_ours(self, issue: "Issue") -> bool:
        """Anybody can write a marker, and a stranger's issue would keep ours from being opened."""
        by = issue.user
        return by is not None and (by.type == "Bot" or permission(self._client, by.login) in MAY_WRITE)

    def compare_link(self, target: str, branch: str) -> str:
        """Return the address where a person opens the pull request by hand."""
        page = self._client.read("the repository", lambda: str(self._client.repository.complete().html_url))
        return f"{page}/compare/{quote(target)}...{quote(branch)}?expand=1"


def _since(pulls: "Iterable[Theirs]", first: datetime) -> "Iterable[Theirs]":
    """They come newest first, so the first older one ends it."""
    for one in pulls:
        if one.created_at < first:
            return
        yield one


def _keys(marked: "Iterable[Theirs | Issue]") -> list[str]:
    found = (MARK.search(one.body or "") for one in marked)
    return [match[1] for match in found if match]


def _pull(one: "Theirs", subjects: tuple[str, ...] = ()) -> PullRequest:
    return PullRequest(
        number=one.number,
        url=one.html_url,
        state="merged" if one.merged_at else one.state,
        head=one.head.ref,
        target=one.base.ref,
        merge_commit=(one.merge_commit_sha or "") if one.merged_at else "",
        subjects=subjects,
    )


def _issue(one: "Issue") -> PullRequest:
    return PullRequest(number=one.number, url=one.html_url, state=one.state)
