"""GitHub on loopback: the state, the server that serves it, and the hands of a test."""

import itertools
import tempfile
import threading
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.hub import events, rest  # noqa: F401  rest registers the routes
from tests.hub.description import Description, description_of
from tests.hub.exchange import missing
from tests.hub.faults import Faults
from tests.hub.hands import Hands
from tests.hub.log import Log
from tests.hub.pulling import follow_branches
from tests.hub.routes import ROUTES
from tests.hub.server import Server
from tests.hub.state.rate import Rate
from tests.hub.state.repository import Repository
from tests.hub.tokens import ACTIONS_APP, Token

if TYPE_CHECKING:
    import github

    from tests.hub.state.user import User


class Hub(Hands):
    """One GitHub. ``with Hub(folder) as hub`` serves it; leaving checks that nothing broke the description."""

    def __init__(self, folder: Path | None = None, *, base_path: str = ""):
        self._own = tempfile.TemporaryDirectory(prefix="hub-") if folder is None else None
        self.folder = folder or Path(self._own.name if self._own else "")
        self.base_path = base_path.rstrip("/")
        self.speaks_graphql = True
        """False: a server that only knows REST."""
        self.largest_page = 100
        """Entries of a list that one answer holds, whatever is asked for."""
        self.lock = threading.RLock()
        self.log, self.faults, self.rate = Log(), Faults(), Rate()
        self.breaches: list[str] = []
        """Requests and answers that GitHub's description does not know."""
        self.repositories: dict[str, Repository] = {}
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[int, str] = {ACTIONS_APP: "github-actions"}
        self.blobs: dict[str, bytes] = {}
        self.clients: list[github.Github] = []
        self._ids = itertools.count(1001)
        self._server: Server | None = None

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stop()
        if kind is None:
            self.check()

    def start(self) -> None:
        self._server = Server(self)
        self._server.start()

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        if self._server:
            self._server.stop()
        if self._own:
            self._own.cleanup()

    def check(self) -> None:
        """Fails when a request or an answer broke GitHub's description."""
        assert not self.breaches, "against GitHub's description:\n" + "\n".join(self.breaches)

    @cached_property
    def description(self) -> Description:
        return description_of(
            frozenset({*(one.key for one in ROUTES), *(f"EVENT {name}" for name in events.DESCRIBED)})
        )

    @property
    def port(self) -> int:
        assert self._server, "the hub is not started"
        return self._server.port

    @property
    def html(self) -> str:
        """GITHUB_SERVER_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """GITHUB_API_URL."""
        return self.html + self.base_path

    @property
    def graphql(self) -> str:
        """GITHUB_GRAPHQL_URL."""
        return self.html + self.graphql_path

    @property
    def graphql_path(self) -> str:
        return self.base_path.removesuffix("/v3") + "/graphql"

    @property
    def environment(self) -> dict[str, str]:
        """What a job finds in its environment."""
        return {"GITHUB_API_URL": self.api, "GITHUB_SERVER_URL": self.html, "GITHUB_GRAPHQL_URL": self.graphql}

    # ------------------------------------------------------------------ what handlers use

    def next_id(self) -> int:
        return next(self._ids)

    def now(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def find(self, owner: str, name: str) -> Repository:
        found = self.repositories.get(f"{owner}/{name}".lower())
        if found is None:
            raise missing()
        return found

    def moved(self, repository: Repository) -> None:
        """Refs of this repository may have moved: open pull requests follow."""
        for one in self.repositories.values():
            follow_branches(self, one, repository)
