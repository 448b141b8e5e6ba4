"""What a request is to a handler, what it hands back, and how it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.hub.hub import Hub
    from tests.hub.state.repository import Repository
    from tests.hub.tokens import Token

DOCUMENTATION = "https://docs.github.com/rest"


class Refused(Exception):  # noqa: N818  it is an answer, not a mistake of the hub
    """GitHub says no, in its words."""

    def __init__(
        self, status: int, message: str, *, errors: list[Any] | None = None, headers: dict[str, str] | None = None
    ):
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.body: dict[str, Any] = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        if errors is not None:
            self.body["errors"] = errors


def missing() -> Refused:
    return Refused(404, "Not Found")


def invalid(resource: str, field_name: str, *, code: str = "invalid", message: str | None = None) -> Refused:
    """422 as GitHub shapes it: a list of what was wrong with which field."""
    error = {"resource": resource, "field": field_name, "code": code}
    return Refused(422, "Validation Failed", errors=[error | ({"message": message} if message else {})])


@dataclass(kw_only=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Bytes instead of JSON."""


@dataclass(kw_only=True)
class Request:
    hub: "Hub"
    token: "Token"
    method: str
    path: str
    """Without the base path, unquoted nowhere."""
    headers: dict[str, str]
    query: dict[str, str]
    params: dict[str, str]
    body: Any

    @property
    def repository(self) -> "Repository":
        return self.hub.find(self.params["owner"], self.params["repo"])

    def number(self, name: str) -> int:
        return int(self.params[name])

    def page(self, items: Sequence[Any]) -> tuple[list[Any], dict[str, str]]:
        """The page that was asked for, and the Link header that leads on."""
        size = min(int(self.query.get("per_page", 30)), self.hub.largest_page)
        page = int(self.query.get("page", 1))
        last = max(1, -(-len(items) // size))
        links = [(page + 1, "next"), (last, "last")] if page < last else []
        links += [(1, "first"), (page - 1, "prev")] if page > 1 else []
        header = ", ".join(f'<{self._url(number)}>; rel="{rel}"' for number, rel in links)
        return list(items[(page - 1) * size : page * size]), {"Link": header} if header else {}

    def listed(self, items: Sequence[Any]) -> Answer:
        body, headers = self.page(items)
        return Answer(body=body, headers=headers)

    def counted(self, name: str, items: Sequence[Any]) -> Answer:
        """``{"total_count": n, name: [...]}``, the other shape of a list."""
        body, headers = self.page(items)
        return Answer(body={"total_count": len(items), name: body}, headers=headers)

    def _url(self, page: int) -> str:
        query = "&".join(f"{k}={v}" for k, v in ({**self.query, "page": str(page)}).items())
        return f"{self.hub.api}{self.path}?{query}"
