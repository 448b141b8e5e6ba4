"""The hands of a test: what it builds in the hub, and through what it looks at it."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.hub import events
from tests.hub.bare import Bare
from tests.hub.pulling import opened
from tests.hub.state.actions import Artifact, Run, Workflow
from tests.hub.state.checks import CheckRun
from tests.hub.state.issue import Comment, Event, Issue, Label
from tests.hub.state.pull import Pull, Review
from tests.hub.state.repository import Repository
from tests.hub.state.user import User
from tests.hub.tokens import ACTIONS_APP, Kind, Token, spelt

if TYPE_CHECKING:
    import github

    from tests.hub.hub import Hub

JOB = {"metadata": "read", "contents": "read"}
"""What a job's token has when the workflow asks for nothing more than reading."""


class Hands:
    """Mixed into the hub; nothing here asks a token for permission."""

    def user(self: "Hub", login: str, type: str | None = None) -> User:  # noqa: A002
        """The user of this name, made on first sight."""
        if login not in self.users:
            kind = type or ("Bot" if login.endswith("[bot]") else "User")
            self.users[login] = User(id=self.next_id(), login=login, type=kind)
        return self.users[login]

    def repository(
        self: "Hub",
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

    def fork(self: "Hub", parent: Repository, owner: str) -> Repository:
        """A fork with every branch and tag of its parent."""
        copy = self.repository(f"{owner}/{parent.name}", default_branch=parent.default_branch)
        copy.parent = parent.full_name
        copy.made = parent.made
        (copy.git.path / "objects/info/alternates").write_text(f"{parent.git.path / 'objects'}\n")
        for ref, sha in parent.git.refs("refs/heads", "refs/tags").items():
            copy.git.set_ref(ref, sha)
        return copy

    def push_to_fork(
        self: "Hub",
        fork: Repository,
        files: Mapping[str, str | bytes | None],
        message: str = "Change",
        *,
        branch: str = "change",
    ) -> str:
        """A commit on a fork's branch; its SHA."""
        return fork.commit(files, message, branch=branch)

    def token(
        self: "Hub",
        name: str,
        permissions: Mapping[str, str] | None = None,
        *,
        kind: Kind | str = Kind.ACTIONS,
        login: str | None = None,
        app_id: int | None = None,
        repositories: tuple[Repository, ...] | None = None,
    ) -> Token:
        """A token: of a job (as it is unless said), an App's installation, or a user.

        On GitHub a job's token can be given neither ``administration`` nor ``workflows``.
        """
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
            permissions=spelt(JOB if permissions is None else permissions),
            repositories=None if repositories is None else frozenset(one.full_name for one in repositories),
            app_id=app_id,
        )
        self.tokens[token.secret] = token
        return token

    def open_pull_request(
        self: "Hub",
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

    def issue(self: "Hub", repository: Repository, title: str, body: str = "", *, user: str | None = None) -> Issue:
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

    def comment(self: "Hub", repository: Repository, number: int, body: str, *, user: str) -> Comment:
        """Somebody's comment, a stranger's with our marker for one."""
        now = self.now()
        made = Comment(
            id=self.next_id(), issue=number, user=self.user(user).login, body=body, created_at=now, updated_at=now
        )
        repository.comments[made.id] = made
        return made

    def delete_issue(self: "Hub", repository: Repository, number: int) -> None:
        """As an administrator does: its number is never given again."""
        repository.deleted_issues.add(number)
        del repository.issues[number]

    def transfer_issue(self: "Hub", repository: Repository, number: int, to: Repository) -> Issue:
        """To another repository, where it gets a number of its own; the labels are left behind."""
        moved = replace(repository.issues.pop(number), number=to.next_number(), labels=[])
        to.issues[moved.number] = moved
        repository.transferred_issues[number] = f"{self.api}/repos/{to.full_name}/issues/{moved.number}"
        return moved

    def label(self: "Hub", repository: Repository, number: int, name: str, *, user: str) -> None:
        """A label, and in the events who put it on."""
        repository.labels.setdefault(name, Label(id=self.next_id(), name=name))
        repository.issues[number].labels.append(name)
        repository.events.append(
            Event(
                id=self.next_id(),
                issue=number,
                event="labeled",
                actor=self.user(user).login,
                created_at=self.now(),
                label=name,
            )
        )

    def review(self: "Hub", repository: Repository, number: int, *, user: str, state: str = "APPROVED") -> Review:
        pull = repository.pulls[number]
        made = Review(
            id=self.next_id(),
            user=self.user(user).login,
            state=state,
            body="",
            commit_id=pull.head_sha,
            submitted_at=self.now(),
        )
        pull.reviews.append(made)
        return made

    def check_run(
        self: "Hub", repository: Repository, sha: str, name: str, conclusion: str | None, *, app_id: int = ACTIONS_APP
    ) -> CheckRun:
        """What a job leaves by itself (its name is the check's), or another App; still running without a conclusion."""
        made = CheckRun(
            id=self.next_id(),
            suite=self.next_id(),
            name=name,
            head_sha=sha,
            app_id=app_id,
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
            started_at=self.now(),
            completed_at=self.now() if conclusion else None,
        )
        repository.checks[made.id] = made
        return made

    def run(
        self: "Hub",
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

    def artifact(self: "Hub", repository: Repository, run: Run, name: str, content: bytes) -> Artifact:
        made = Artifact(id=self.next_id(), name=name, content=content, run_id=run.id, created_at=self.now())
        repository.artifacts[made.id] = made
        return made

    def workflow(self: "Hub", repository: Repository, path: str) -> Workflow:
        if path not in repository.workflows:
            name = Path(path).stem
            repository.workflows[path] = Workflow(id=self.next_id(), path=path, name=name)
        return repository.workflows[path]

    def event(
        self: "Hub",
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

    def merge_group(self: "Hub", repository: Repository, pull: Pull) -> events.MergeGroup:
        """Put a pull request into the merge queue: the commit that checks are asked for."""
        with self.lock:
            return events.queued(self, repository, pull)

    def client(self: "Hub", token: Token | None, **options: Any) -> "github.Github":
        """PyGithub at this hub, without its pauses and without its retries unless asked for; closed with the hub."""
        import github  # noqa: PLC0415  a second of imports that tests of git alone do not need

        options = {"seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None} | options
        auth = None if token is None else github.Auth.Token(token.secret)
        self.clients.append(github.Github(base_url=self.api, auth=auth, **options))
        return self.clients[-1]

    def git_url(self: "Hub", repository: Repository, token: Token | None = None) -> str:
        """Where to clone from and push to, the token inside."""
        who = f"x-access-token:{token.secret}@" if token else ""
        return f"http://{who}127.0.0.1:{self.port}/{repository.full_name}.git"

    def _branch_at(self: "Hub", repository: Repository, sha: str) -> str:
        refs = repository.git.refs("refs/heads")
        return next(
            (ref.removeprefix("refs/heads/") for ref, at in refs.items() if at == sha), repository.default_branch
        )
