"""What takes back: the history, its records, pull requests, the gate that judges a tree, and the rehearsal."""

from dataclasses import replace
from typing import TYPE_CHECKING

from gate.wiring import local_runner, observer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gate.domain.rollback import Plan, Policy
    from gate.domain.settings import Settings
    from gate.ports import Progress
    from gate.ports.pull_requests import PullRequests
    from gate.ports.rollback import History
    from gate.ports.rollback_records import RollbackRecords
    from gate.usecases.rollback.doing import Errand, Taker
    from gate.usecases.rollback.drilling import Driller
    from gate.usecases.rollback.gating import Gate


def git_history(repository: "Path", remote: str, *, push: bool) -> "AbstractContextManager[History]":
    """The history of the user's repository, to take something back in; a context."""
    from gate.adapters.git_history import open_history

    return open_history(repository, remote, push=push)


def taker(
    *,
    repository: "Path",
    records: "Path",
    named: "Path | None",
    pull_requests: "PullRequests | None",
    approve: "Callable[[Plan], bool]",
    words: "Callable[[Plan, Errand], tuple[str, str]]",
) -> "Taker":
    """Who takes back."""
    from datetime import UTC, datetime

    from gate.usecases.rollback.doing import Taker

    return Taker(
        records=rollback_records(repository, records, named),
        pull_requests=pull_requests,
        clock=lambda: datetime.now(tz=UTC),
        approve=approve,
        words=words,
    )


def rollback_records(repository: "Path", folder: "Path", named: "Path | None") -> "RollbackRecords":
    """Where records and watched files lie."""
    from gate.adapters.rollback_records import RollbackFiles

    return RollbackFiles(folder=folder, root=repository, named=named)


def pull_requests(repository: str, token: str, api_url: str | None) -> "PullRequests":
    """Where a rollback is proposed."""
    from gate.adapters.github import Client, Connection, GitHubPullRequests

    there = Connection(repository=repository, token=token)
    return GitHubPullRequests(Client(replace(there, api_url=api_url) if api_url else there))


def address_of(repository: "Path", remote: str) -> str:
    """Where a remote's name leads to."""
    from gate.adapters.git_history import address_of

    return address_of(repository, remote)


def tree_gate(
    history: "History",
    settings: "Settings",
    folder: "Path",
    against: str,
    progress: "Callable[[], AbstractContextManager[Progress]]",
    *,
    quick: bool,
) -> "Gate":
    """Who judges a tree that stands in no checkout."""
    from gate.domain.observation import Observations
    from gate.usecases.observe import Question
    from gate.usecases.rollback.gating import TreeGate

    def observe(question: Question) -> Observations:
        with progress() as shown, local_runner() as runner:
            return observer(shown, runner).observe(question)

    return TreeGate(
        observe=observe, history=history, settings=settings, folder=folder, against=against, quick=quick
    ).judge


def drill_ground(folder: "Path", target: str | None) -> "AbstractContextManager[tuple[Path, str]]":
    """A scratch clone of the user's repository with a local remote; a context."""
    from gate.adapters.git_history import scratch

    return scratch(folder, target)


def repository_state(folder: "Path") -> str:
    """A hash of what a rehearsal must leave alone."""
    from gate.adapters.git_history import state_of

    return state_of(folder)


def driller(clone: "Path", target: str, policy: "Policy") -> "Driller":
    """Who rehearses on a scratch clone."""
    from datetime import UTC, datetime

    from gate.usecases.rollback.drilling import Driller

    records = clone.parent / "records"
    return Driller(
        history=lambda: git_history(clone, "origin", push=True),
        taker=taker(
            repository=clone,
            records=records,
            named=None,
            pull_requests=None,
            approve=lambda _: True,
            words=lambda _, __: ("", ""),
        ),
        target=target,
        policy=policy,
        clock=lambda: datetime.now(tz=UTC),
    )
