"""The one way to GitHub's API: a token, time limits, retries, and every failure in one line.

Reads are asked again when the line or the server fails. A write is never sent twice without looking up first whether
the first one arrived: a 502 or a reset says nothing about that. PyGithub's own retries are off, because it would send a
POST again after a 5xx.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

import tenacity
from github import Auth, Github
from requests.utils import parse_header_links

from gate.adapters.github.failures import FAILURES, asked_to_wait, explained, is_missing, may_pass
from gate.errors import BrokenQuestionError, GitHubError

if TYPE_CHECKING:
    from github.Repository import Repository
    from github.Requester import Requester
    from requests import Response

T = TypeVar("T")

logging.getLogger("github").setLevel(logging.WARNING)
"""PyGithub would print each redirect that it follows: an error of gate is one line."""

PUBLIC = "https://api.github.com"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How long is waited, and for what. Seconds."""

    answer: int = 15
    """For one answer."""
    call: float = 90.0
    """For one call with all its repeats."""
    whole: float = 300.0
    """From the first call to the last repeat of all of them."""
    tries: int = 4
    backoff: float = 1.0
    """Before the first repeat; doubled before each further one."""
    between: float = 0.25
    between_writes: float = 1.0
    """GitHub asks for a second between writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """Where GitHub is, and who is asking."""

    repository: str
    """owner/name"""
    token: str = field(repr=False)
    api_url: str = PUBLIC
    """GITHUB_API_URL; `https://HOST/api/v3` on GitHub Enterprise."""
    pace: Pace | None = None

    def paced(self) -> Pace:
        """A server on this very machine needs no sparing."""
        if self.pace is not None:
            return self.pace
        local = urlsplit(self.api_url).hostname in LOOPBACK
        return Pace(backoff=0.05, between=0.0, between_writes=0.0) if local else Pace()


class Client:
    """PyGithub, held to time limits. A context: connections are closed with it."""

    def __init__(self, connection: Connection) -> None:
        _check(connection)
        self.connection = connection
        self.pace = connection.paced()
        self._started = time.monotonic()
        self._github = Github(
            auth=Auth.Token(connection.token),
            base_url=connection.api_url.rstrip("/"),
            timeout=self.pace.answer,
            user_agent="regime-gate",
            per_page=100,
            retry=None,
            seconds_between_requests=self.pace.between,
            seconds_between_writes=self.pace.between_writes,
            lazy=True,
        )

    def __enter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._github.close()

    @property
    def repository(self) -> "Repository":
        """The repository, without asking for it."""
        return self._github.get_repo(self.connection.repository)

    @property
    def requester(self) -> "Requester":
        """For what PyGithub has no method for."""
        return self._github.requester

    def listed(self, path: str, wanted: Mapping[str, Any], most: int, within: str = "") -> list[Any]:
        """What a list holds, as the Link headers lead on: a server may give less a page than it is asked for."""

        def entries() -> Iterator[Any]:
            headers, told = self.requester.requestJsonAndCheck("GET", path, parameters={**wanted, "per_page": 100})
            yield from told[within] if within else told
            while following := _following(headers):
                headers, told = self.requester.requestJsonAndCheck("GET", following)
                yield from told[within] if within else told

        return list(islice(entries(), most))

    def seconds_left(self) -> float:
        """Until all of it has taken too long."""
        return self._started + self.pace.whole - time.monotonic()

    def refuse(self, answer: "Response") -> None:
        """Raise what PyGithub would where an answer that it did not fetch is a refusal."""
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            told = answer.raw.read(4096, decode_content=True)
            message = {"message": told.decode(errors="replace")}
            raise self.requester.createException(answer.status_code, dict(answer.headers), message)

    def read(self, what: str, ask: Callable[[], T]) -> T:
        """Ask, and ask again where that can help. Raises GitHubError."""
        return self._repeated(what, ask)

    def once(self, what: str, ask: Callable[[], T]) -> T | None:
        """Ask for what there is another way to: None where it fails in whatever way, and it is not asked again."""
        try:
            with self._one_line(what):
                return ask()
        except GitHubError:
            return None

    def found(self, what: str, ask: Callable[[], T]) -> T | None:
        """Ask for what may not be there: None where GitHub says 404 or 410. Raises GitHubError."""
        try:
            return self._repeated(what, ask)
        except GitHubError as error:
            if is_missing(error):
                return None
            raise

    def write(self, what: str, send: Callable[[], T], look_up: Callable[[], T | None]) -> T:
        """Send; before sending again, look up whether it arrived. Raises GitHubError.

        `look_up` returns what is there now if it is what was to be written, else None.
        """
        sent = False

        def once() -> T:
            nonlocal sent
            there = look_up() if sent else None
            if there is not None:
                return there
            sent = True
            return send()

        return self._repeated(what, once)

    def _repeated(self, what: str, ask: Callable[[], T]) -> T:
        for attempt in self._attempts():
            with attempt, self._one_line(what):
                return ask()
        raise GitHubError(f"GitHub was not asked: {what}")  # pragma: no cover (tenacity tries once at least)

    def _attempts(self) -> Iterator[tenacity.AttemptManager]:
        return iter(
            tenacity.Retrying(
                retry=tenacity.retry_if_exception(_worth_another),
                stop=self._given_up,
                wait=self._pause,
                reraise=True,
            )
        )

    @contextmanager
    def _one_line(self, what: str) -> Iterator[None]:
        """Every failure as one line; time that is over is a failure before anything is sent."""
        if self.seconds_left() < 0:
            raise GitHubError(f"GitHub takes too long: gave up before: {what}", "run it again later")
        try:
            yield
        except FAILURES as error:
            told = explained(error, what, self.connection.token)
            told.wait, told.may_pass = asked_to_wait(error), may_pass(error)
            raise told from error

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        backoff: float = self.pace.backoff * 2 ** (state.attempt_number - 1)
        return max(backoff, error.wait if isinstance(error, GitHubError) else 0.0)

    def _given_up(self, state: tenacity.RetryCallState) -> bool:
        """Tried often enough, or the pause before the next try would take too long."""
        pace, resumed = self.pace, time.monotonic() + state.upcoming_sleep
        late = resumed - state.start_time > pace.call or resumed - self._started > pace.whole
        return late or state.attempt_number >= pace.tries


def _parts(url: str) -> SplitResult | None:
    """None where it is none: brackets without an end, a port that does not exist."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.port != 0:
            return parts
    return None


def _following(headers: Mapping[str, Any]) -> str:
    """The address of the next page; "" after the last."""
    links = parse_header_links(str(headers.get("link") or ""))
    return next((str(one["url"]) for one in links if one.get("rel") == "next"), "")


def _worth_another(error: BaseException) -> bool:
    return isinstance(error, GitHubError) and error.may_pass


def _check(connection: Connection) -> None:
    """Say now what every request would fail of."""
    if not connection.token:
        raise BrokenQuestionError("there is no token for GitHub", "put one into GITHUB_TOKEN")
    if not re.fullmatch(r"[!-~]+", connection.token):
        raise BrokenQuestionError("the token holds blanks or characters that no token has", "look at GITHUB_TOKEN")
    if connection.repository.count("/") != 1 or not all(connection.repository.split("/")):
        raise BrokenQuestionError(
            f"'{connection.repository}' names no repository", "write owner/name, or set GITHUB_REPOSITORY"
        )
    parts = _parts(connection.api_url)
    if parts is None or not parts.hostname or parts.username or parts.scheme not in ("http", "https"):
        raise BrokenQuestionError("GITHUB_API_URL is no address of an API", f"leave it out for {PUBLIC}")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BrokenQuestionError(
            "GITHUB_API_URL would send the token unencrypted", "write https://HOST/api/v3 for GitHub Enterprise"
        )
