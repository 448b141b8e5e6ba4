"""What went wrong at GitHub, in one line and without a token; and whether asking again can help."""

import re
import time
from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from github.GithubException import BadAttributeException, GithubException

from gate.errors import GitHubError


class GarbledError(Exception):
    """An answer that is no answer: not what this request is answered with."""


FAILURES = (
    GarbledError,
    GithubException,
    BadAttributeException,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""PyGithub takes an answer apart without checking it first: whatever breaks on the way is the answer's fault."""

SAID = 160
"""Characters of GitHub's own words that are repeated."""

_SERVER = range(500, 600)
_ADVICE = {
    401: "the token is not accepted: put a valid one into GITHUB_TOKEN",
    403: "the token may not do this: give the job the permission that this needs (see docs/publishing.md)",
    404: "is it there, and may the token see it? GITHUB_REPOSITORY and GITHUB_API_URL say where it is looked for",
    410: "it was deleted, or is switched off in the repository's settings",
    409: "somebody else was faster: run it again",
    422: "GitHub refuses what was sent: run it again, and report it if that does not help",
    429: "GitHub asks for a pause: run it again later",
}
_LATER = "run it again later; githubstatus.com says whether GitHub is well"


def status_of(error: BaseException) -> int | None:
    """The HTTP status of GitHub's refusal, where there was one."""
    if isinstance(error, GitHubError):
        return error.status
    return error.status if isinstance(error, GithubException) else None


def is_missing(error: BaseException) -> bool:
    """GitHub said that there is no such thing, or no more: a deleted issue is answered with 410."""
    return status_of(error) in (404, 410)


def may_pass(error: BaseException) -> bool:
    """Asking again can help: a fault of the server or the line, or a rate limit."""
    status = status_of(error)
    if status is None or 200 <= status < 300:
        return True  # no answer, or one that could not be read
    return status in _SERVER or is_limit(error)


def is_limit(error: BaseException) -> bool:
    """A primary or secondary rate limit; GitHub uses 403 and 429 for both."""
    if status_of(error) == 429:
        return True
    if status_of(error) != 403 or not isinstance(error, GithubException):
        return False
    headers = _headers(error)
    spent = headers.get("x-ratelimit-remaining") == "0"
    return "retry-after" in headers or spent or "rate limit" in _said(error).lower()


def asked_to_wait(error: BaseException, now: float | None = None) -> float:
    """Seconds that GitHub asks for: Retry-After, or the moment when the limit begins anew; 0 where it asks for none."""
    if not isinstance(error, GithubException):
        return 0.0
    headers = _headers(error)
    wanted = _number(headers.get("retry-after"))
    if wanted is None and is_limit(error) and headers.get("x-ratelimit-remaining") == "0":
        reset = _number(headers.get("x-ratelimit-reset"))
        wanted = None if reset is None else reset + 1 - (time.time() if now is None else now)
    if wanted is None:
        return MINUTE if is_limit(error) else 0.0
    return max(wanted, 0.0)


MINUTE = 60.0
"""What GitHub's documentation asks for after a secondary limit that names no time."""


def explained(error: BaseException, what: str, secret: str) -> GitHubError:
    """The one line of what happened and the one of what to do."""
    if isinstance(error, GitHubError):
        return error
    status = status_of(error)
    if status is not None and status >= 400:
        said = _said(error)
        message = f"GitHub answered {status} to: {what}" + (f" ({said})" if said else "")
        wait = asked_to_wait(error)
        advice = f"GitHub asks for a pause of {wait:.0f} seconds: run it again then" if is_limit(error) else ""
        return GitHubError(_clean(message, secret), advice or _ADVICE.get(status, _LATER), status=status)
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        return GitHubError(f"no answer from GitHub to: {what} ({_kind(error)})", _LATER)
    return GitHubError(f"GitHub's answer makes no sense: {what} ({type(error).__name__})", _LATER)


def _kind(error: BaseException) -> str:
    """The kind alone: the whole text holds addresses."""
    if isinstance(error, requests.Timeout):
        return "it took too long"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed"
    return type(error).__name__


def _said(error: BaseException) -> str:
    data = error.data if isinstance(error, GithubException) else None
    if not isinstance(data, dict) or not isinstance(data.get("message"), str):
        return ""
    return ": ".join((data["message"], *_reasons(data.get("errors"))))


def _reasons(errors: Any) -> list[str]:
    """Why exactly: "Validation Failed" alone tells nobody what to do."""
    told = errors[:3] if isinstance(errors, list) else []
    found = (one.get("message") if isinstance(one, dict) else one for one in told)
    return [one for one in found if isinstance(one, str)]


def _clean(text: str, secret: str) -> str:
    """One printable line without the token."""
    hidden = text.replace(secret, "***") if secret else text
    hidden = re.sub(r"(gh[a-z]_|github_pat_)\w+", "***", hidden)
    line = " ".join("".join(c if c.isprintable() else " " for c in hidden).split())
    return line if len(line) <= SAID else line[: SAID - 1] + "…"


def _headers(error: GithubException) -> Mapping[str, str]:
    return {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}


def _number(text: Any) -> float | None:
    return float(text) if isinstance(text, str) and re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text) else None
