"""`gate.ports.IssueTracker` at GitHub: one issue an incident, its text edited in place, closed with the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gate.adapters.github.client import Client
from gate.adapters.github.failures import GarbledError
from gate.domain.incident import IssueKept, IssuePage
from gate.domain.publication import same_name
from gate.errors import GitHubError
from gate.report.incident import MARKER

MOST = 300
"""Of the newest issues of ours; anything older has its number in the record."""
ACTIONS = "github-actions[bot]"
"""As whom a job's own token writes: it may not ask who it is."""
COPY = "<!-- gate-incident-copy -->"
"""An issue that lost the race: it is found no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """An issue as it is at GitHub."""

    number: int
    url: str
    title: str
    body: str
    is_open: bool
    author: str

    @property
    def first(self) -> Sequence[str]:
        """Its first two lines; GitHub's own forms end them with a carriage return."""
        return [line.strip() for line in self.body.split("\n")[:2]]


class GitHubIssues:
    """A repository's issues, of one author: anybody can write a marker."""

    def __init__(self, client: Client, author: str = "") -> None:
        self._client = client
        self._author = author
        self._path = f"/repos/{client.connection.repository}/issues"

    def keep(self, page: IssuePage, known: int | None) -> IssueKept:
        """Make the one issue of this incident what the page says."""
        there = self._known(page, known) or self._found(page)
        return self._edited(page, there) if there else self._one_only(page, self._made(page))

    # -------------------------------------------------------------- what is there

    def _known(self, page: IssuePage, number: int | None) -> Issue | None:
        """The issue that the record names, if it is this incident's: a record may have been brought from elsewhere."""
        if number is None:
            return None

        def ask() -> Issue | None:
            path = f"{self._path}/{number:d}"
            told = self._client.requester.requestJsonAndCheck("GET", path)[1]
            moved = not _path_of(told["url"]).endswith(path.casefold())  # its number is another issue's here
            return None if moved or "pull_request" in told else _issue(told)

        there = self._client.found(f"issue {number}", ask)
        return there if there is not None and _is(page, there) else None

    def _found(self, page: IssuePage) -> Issue | None:
        """The oldest with this incident's marker by this author."""
        return min(self._ours(page), key=lambda issue: issue.number, default=None)

    def _ours(self, page: IssuePage) -> Sequence[Issue]:
        author = self._who()
        wanted = {"state": "all", "sort": "created", "direction": "desc", "creator": author}

        def ask() -> list[Issue]:
            told = self._client.listed(self._path, wanted, MOST)
            return [_issue(one) for one in told if "pull_request" not in one]

        found = self._client.read("issues of incidents", ask)
        return [one for one in found if _is(page, one) and same_name(author, one.author) and COPY not in one.first]

    def _who(self) -> str:
        """As whom this token writes."""
        if not self._author:

            def ask() -> str:
                return str(self._client.requester.requestJsonAndCheck("GET", "/user")[1]["login"])

            try:
                self._author = self._client.read("who the token is", ask)
            except GitHubError as error:
                if error.may_pass or error.status not in (403, 404):
                    raise
                self._author = ACTIONS
        return self._author

    # -------------------------------------------------------------- what is written

    def _made(self, page: IssuePage) -> Issue:
        body: dict[str, Any] = {"title": page.title, "body": page.body, "labels": list(page.labels)}

        def send() -> Issue:
            made = _issue(self._client.requester.requestJsonAndCheck("POST", self._path, input=body)[1])
            if not _is(page, made):
                raise GarbledError("something else was answered than was written")
            return made

        return self._client.write("open the incident's issue", send, lambda: self._found(page))

    def _one_only(self, page: IssuePage, made: Issue) -> IssueKept:
        """Where two made one at once, the older stays, and the other says so and is closed."""
        ours = sorted((*self._ours(page), made), key=lambda issue: issue.number)
        first = ours[0]
        for number in {one.number for one in ours} - {first.number}:
            words = f"{MARKER.format(page.incident)}\n{COPY}\nThe same incident as #{first.number}.\n"
            closed = {"body": words, "state": "closed", "state_reason": "not_planned"}
            self._patch(number, closed, "close a second issue")
        kept = self._edited(page, first)
        stranger = not same_name(self._who(), made.author)
        remark = f"issue #{made.number} was made by '{made.author:.60}': name it in [incidents] author"
        return IssueKept(number=kept.number, url=kept.url, changed=True, remark=remark if stranger else kept.remark)

    def _edited(self, page: IssuePage, there: Issue) -> IssueKept:
        """Only what differs. A person who closed it is not overruled: the record says that it is open."""
        wanted: dict[str, Any] = {}
        if (there.title, _unix(there.body)) != (page.title, _unix(page.body)):
            wanted |= {"title": page.title, "body": page.body}
        if not page.is_open and there.is_open:
            wanted |= _state(page)
        if wanted:
            self._patch(there.number, wanted, "edit the incident's issue")
        closed = page.is_open and not there.is_open
        remark = f"issue #{there.number} is closed, and the incident is open: gate incident close" if closed else ""
        return IssueKept(number=there.number, url=there.url, changed=bool(wanted), remark=remark)

    def _patch(self, number: int, wanted: dict[str, Any], what: str) -> None:
        path = f"{self._path}/{number:d}"

        def send() -> bool:
            told = self._client.requester.requestJsonAndCheck("PATCH", path, input=wanted)[1]
            if int(told["number"]) != number:
                raise GarbledError("something else was answered than was written")
            return True

        def look_up() -> bool | None:
            told = self._client.requester.requestJsonAndCheck("GET", path)[1]
            return all(_unix(told[name]) == _unix(value) for name, value in wanted.items()) or None

        self._client.write(what, send, look_up)


def _path_of(url: Any) -> str:
    return urlsplit(str(url)).path.casefold()


def _unix(text: Any) -> str:
    """However its lines end, and whatever blank ends it: GitHub keeps neither."""
    return str(text).replace("\r\n", "\n").strip()


def _state(page: IssuePage) -> dict[str, Any]:
    return {} if page.is_open else {"state": "closed", "state_reason": "completed"}


def _is(page: IssuePage, issue: Issue) -> bool:
    return MARKER.format(page.incident) in issue.first[:1]


def _issue(told: Any) -> Issue:
    """Raises what an answer without sense raises."""
    return Issue(
        number=int(told["number"]),
        url=str(told["html_url"]),
        title=str(told["title"]),
        body=str(told["body"] or ""),
        is_open=told["state"] == "open",
        author=str((told["user"] or {}).get("login", "")),  # a person who left GitHub has no name
    )
