"""Which function answers which operation, and what its token must be allowed to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.hub.exchange import Request

Handler = Callable[[Request], Any]
MANY = frozenset({"ref", "path", "basehead", "branch", "commit_sha", "tree_sha", "tag"})
"""Parameters that may hold slashes."""


@dataclass(frozen=True, kw_only=True)
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    needs: tuple[str, ...]
    """Permissions of which one must be held, as ``"contents: read"``; none where any token will do."""
    handler: Handler

    @property
    def key(self) -> str:
        return f"{self.method} {self.template}"


ROUTES: list[Route] = []


def route(method: str, template: str, *needs: str) -> Callable[[Handler], Handler]:
    """Serve this operation of GitHub's description with the function below."""

    def registered(handler: Handler) -> Handler:
        ROUTES.append(Route(method=method, template=template, pattern=_pattern(template), needs=needs, handler=handler))
        return handler

    return registered


LEGACY = re.compile(r"(/repos/[^/]+/[^/]+)/statuses/(.+)")
"""GitHub's documentation: "also available via a legacy route"; PyGithub's ``Commit.get_statuses`` goes there."""


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The most literal route wins: ``/issues/comments/1`` is no issue called comments."""
    if method == "GET":
        path = LEGACY.sub(r"\1/commits/\2/statuses", path)
    found = [(one, hit) for one in ROUTES if one.method == method and (hit := one.pattern.fullmatch(path))]
    if not found:
        return None
    chosen, hit = max(found, key=lambda pair: _literal(pair[0].template))
    return chosen, {name: unquote(value) for name, value in hit.groupdict().items()}


def _literal(template: str) -> int:
    return sum("{" not in word for word in template.split("/"))


def _pattern(template: str) -> re.Pattern[str]:
    def group(hit: re.Match[str]) -> str:
        name = hit.group(1)
        return f"(?P<{name}>.+?)" if name in MANY else f"(?P<{name}>[^/]+)"

    return re.compile(re.sub(r"\{(\w+)\}", group, template.replace(".", r"\.")) + "/?")
