"""GitHub on loopback: the state, the server that serves it, and the hands of a test."""

import itertools
import secrets
import tempfile
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.hub import events, rest  # noqa: F401  rest registers the routes
from tests.hub.bare import Bare
from tests.hub.description import Description, description_of
from tests.hub.exchange import missing
from tests.hub.faults import Faults
from tests.hub.log import Log
from tests.hub.pulling import follow_branches, opened
from tests.hub.routes import ROUTES
from tests.hub.server import Server
from tests.hub.state.actions import Artifact, Run, Workflow
from tests.hub.state.issue import Issue
from tests.hub.state.pull import Pull
from tests.hub.state.repository import Repository
from tests.hub.state.user import User
from tests.hub.tokens import ACTIONS_APP, Kind, Token

if TYPE_CHECKING:
    import github

JOB = {"metadata": "read", "contents": "read"}
"""What a job's token has when the workflow asks for nothing more than reading."""


class Hub:
    """One GitHub. ``with Hub(folder) as hub`` serves it; leaving checks that nothing broke the description."""

    def __init__(self, folder: Path | None = None, *, base_path: str = ""):
        self._own = tempfile.TemporaryDirectory(prefix="hub-") if folder is None else None
        self.folder = folder or Path(self._own.name if self._own else "")
        self.base_path = base_path.rstrip("/")
        self.lock = threading.RLock()
        self.log, self.faults = Log(), Faults()
        self.breaches: list[str] = []
        """Requests and answers that GitHub's description does not know."""
        self.repositories: dict[str, Repository] = {}
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[int, str] = {ACTIONS_APP: "github-actions"}
        self.blobs: dict[str, bytes] = {}
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

    # ------------------------------------------------------------------ the hands of a test

    def user(self, login: str, type: str | None = None) -> User:  # noqa: A002
        """The user of this name, made on first sight."""
        if login not in self.users:
            kind = type or ("Bot" if login.endswith("[bot]") else "User")
            self.users[login] = User(id=self.next_id(), login=login, type=kind)
        return self.users[login]

    def repository(
        self,
        full_name: str,
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        default_branch: str = "main",
        private: bool = False,
        **settings: Any,
    ) -> Repository:
        """A new repository, with a first commit of ``files``; settings such as ``allow_auto_merge=True``."""
        owner, name = full_name.split("/")
        self.user(owner)
        repository = Repository(
            hub=self,
            id=self.next_id(),
            owner=owner,
            name=name,
            git=Bare.made(self.folder / f"{full_name}.git", default_branch),
            created_at=self.now(),
            private=private,
            default_branch=default_branch,
        )
        repository.settings.update(settings)
        self.repositories[full_name.lower()] = repository
        if files is not None:
            repository.commit(files, "First commit")
        return repository

    def fork(self, parent: Repository, owner: str) -> Repository:
        """A fork with every branch and tag of its parent."""
        copy = self.repository(f"{owner}/{parent.name}", default_branch=parent.default_branch)
        copy.parent = parent.full_name
        copy.made = parent.made
        (copy.git.path / "objects/info/alternates").write_text(f"{parent.git.path / 'objects'}\n")
        for ref, sha in parent.git.refs("refs/heads", "refs/tags").items():
            copy.git.set_ref(ref, sha)
        return copy

    def push_to_fork(
        self,
        fork: Repository,
        files: Mapping[str, str | bytes | None],
        message: str = "Change",
        *,
        branch: str = "change",
    ) -> str:
        """A commit on a fork's branch; its SHA."""
        return fork.commit(files, message, branch=branch)

    def token(
        self,
        name: str,
        permissions: Mapping[str, str] | None = None,
        *,
        kind: Kind | str = Kind.ACTIONS,
        login: str | None = None,
        app_id: int | None = None,
        repositories: tuple[Repository, ...] | None = None,
    ) -> Token:
        """A token: of a job (as it is unless said), an App's installation, or a user."""
        kind = Kind(kind)
        if kind is Kind.ACTIONS:
            login, app_id = "github-actions[bot]", ACTIONS_APP
        elif kind is Kind.APP:
            app_id = app_id or self.next_id()
            self.apps[app_id] = (login or name).removesuffix("[bot]")
            login = f"{self.apps[app_id]}[bot]"
        token = Token(
            name=name,
            secret=f"ghs_{secrets.token_hex(18)}",
            login=self.user(login or name).login,
            kind=kind,
            permissions=dict(JOB if permissions is None else permissions),
            repositories=None if repositories is None else frozenset(one.full_name for one in repositories),
            app_id=app_id,
        )
        self.tokens[token.secret] = token
        return token

    def open_pull_request(
        self,
        base: Repository,
        head: str | Repository,
        *,
        branch: str | None = None,
        into: str | None = None,
        title: str = "A change",
        body: str | None = None,
        user: str | None = None,
        draft: bool = False,
    ) -> Pull:
        """A pull request of a branch of ``base`` (its name), or of a fork's ``branch``."""
        source = base if isinstance(head, str) else head
        with self.lock:
            return opened(
                self,
                base,
                source,
                branch=head if isinstance(head, str) else branch or "change",
                into=into or base.default_branch,
                title=title,
                body=body,
                user=user or source.owner,
                draft=draft,
            )

    def issue(self, repository: Repository, title: str, body: str = "", *, user: str | None = None) -> Issue:
        number, now = repository.next_number(), self.now()
        repository.issues[number] = Issue(
            id=self.next_id(),
            number=number,
            title=title,
            body=body,
            user=self.user(user or repository.owner).login,
            created_at=now,
            updated_at=now,
        )
        return repository.issues[number]

    def run(
        self,
        repository: Repository,
        path: str,
        head_sha: str,
        event: str = "pull_request",
        artifacts: Mapping[str, bytes] | None = None,
        *,
        head_branch: str | None = None,
        head_repository: Repository | None = None,
        status: str = "completed",
        conclusion: str | None = "success",
        pull_requests: tuple[int, ...] = (),
        actor: str | None = None,
    ) -> Run:
        """A workflow run that has been, with the zips it left; a fork's has no pull requests, as on GitHub."""
        head = head_repository or repository
        now, workflow = self.now(), self.workflow(repository, path)
        run = Run(
            id=self.next_id(),
            number=1 + sum(one.workflow == workflow for one in repository.runs.values()),
            workflow=workflow,
            event=event,
            head_branch=head_branch or self._branch_at(head, head_sha),
            head_sha=head_sha,
            head_repository=head.full_name,
            actor=self.user(actor or head.owner).login,
            created_at=now,
            updated_at=now,
            status=status,
            conclusion=conclusion if status == "completed" else None,
            path=path,
            pull_requests=list(pull_requests),
        )
        repository.runs[run.id] = run
        for name, content in (artifacts or {}).items():
            self.artifact(repository, run, name, content)
        return run

    def artifact(self, repository: Repository, run: Run, name: str, content: bytes) -> Artifact:
        made = Artifact(id=self.next_id(), name=name, content=content, run_id=run.id, created_at=self.now())
        repository.artifacts[made.id] = made
        return made

    def workflow(self, repository: Repository, path: str) -> Workflow:
        if path not in repository.workflows:
            name = Path(path).stem
            repository.workflows[path] = Workflow(id=self.next_id(), path=path, name=name)
        return repository.workflows[path]

    def event(
        self,
        name: str,
        repository: Repository,
        *,
        action: str | None = None,
        pull: Pull | None = None,
        run: Run | None = None,
        group: events.MergeGroup | None = None,
        workflow: str = ".github/workflows/gate.yml",
        folder: Path | None = None,
        **extra: Any,
    ) -> events.Event:
        """The payload of pull_request, workflow_run, merge_group, workflow_dispatch or schedule.

        ``folder`` is where ``event.json`` is written; the event's environment then says so.
        """
        makers: dict[str, Any] = {
            "pull_request": lambda: events.pull_request(self, repository, pull, action or "opened", **extra),
            "workflow_run": lambda: events.workflow_run(self, repository, run, action or "completed"),
            "merge_group": lambda: events.merge_group(self, repository, group or events.queued(self, repository, pull)),
            "workflow_dispatch": lambda: events.workflow_dispatch(self, repository, workflow, **extra),
            "schedule": lambda: events.schedule(self, repository, workflow, **extra),
        }
        with self.lock:
            made: events.Event = makers[name]()
        if folder:
            path = made.write(folder / "event.json")
            made.environment["GITHUB_EVENT_PATH"] = str(path)
        return made

    def merge_group(self, repository: Repository, pull: Pull) -> events.MergeGroup:
        """Put a pull request into the merge queue: the commit that checks are asked for."""
        with self.lock:
            return events.queued(self, repository, pull)

    def client(self, token: Token | None, **options: Any) -> "github.Github":
        """PyGithub at this hub, without its pauses and without its retries unless asked for."""
        import github  # noqa: PLC0415  a second of imports that tests of git alone do not need

        options = {"seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None} | options
        auth = None if token is None else github.Auth.Token(token.secret)
        return github.Github(base_url=self.api, auth=auth, **options)

    def git_url(self, repository: Repository, token: Token | None = None) -> str:
        """Where to clone from and push to, the token inside."""
        who = f"x-access-token:{token.secret}@" if token else ""
        return f"http://{who}127.0.0.1:{self.port}/{repository.full_name}.git"

    def _branch_at(self, repository: Repository, sha: str) -> str:
        refs = repository.git.refs("refs/heads")
        return next(
            (ref.removeprefix("refs/heads/") for ref, at in refs.items() if at == sha), repository.default_branch
        )
