"""[history], checked: what kind of place a URL names."""

import re

from gate.domain.operating import HistorySettings
from gate.errors import ConfigError

BRANCH = "git:"
_PASSWORD = re.compile(r"//[^/@\s]*:[^/@\s]+@|[?&][^=&]*(?:password|secret|token)[^=&]*=", re.IGNORECASE)
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)))[A-Za-z0-9_][A-Za-z0-9_./-]*(?<![/.])")


def checked(found: HistorySettings, name: str) -> HistorySettings:
    """Refuse what cannot be meant. Raises ConfigError."""
    if not 0 < found.timeout <= 600:
        raise ConfigError(f"{name}: [history] timeout is {found.timeout:g}", "write seconds between 0 and 600")
    if _PASSWORD.search(found.url):
        raise ConfigError(
            f"{name}: [history] url holds a password",
            'put the whole URL into an environment variable and name that: url_env = "GATE_HISTORY_URL"',
        )
    if found.url.startswith(BRANCH):
        branch_of(found.url)
    return found


def branch_of(url: str) -> str:
    """Return the branch of `git:BRANCH`. Raises ConfigError for what git would not take."""
    branch = url.removeprefix(BRANCH)
    if not _BRANCH.fullmatch(branch):
        raise ConfigError(f"[history] url: {branch[:60]!r} is no name of a branch", "e.g. git:gate-history")
    return branch
