"""The only place that names concrete adapters. Each is imported when it is asked for: judging needs no runner."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gate.ports import ObservationStore, Painters, Progress, ReportFolder, Sandbox

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gate.adapters.runner import LocalRunner
    from gate.domain.rollback import Plan
    from gate.ports.pull_requests import PullRequests
    from gate.ports.rollback import History
    from gate.usecases.observe import Observer
    from gate.usecases.rollback.doing import Errand, Taker
    from gate.usecases.selftest import SelfTester


def observer(progress: Progress, runner: "LocalRunner", when_idle: Callable[[], None] = lambda: None) -> "Observer":
    """Who observes on this machine; `when_idle` is called when a core is about to have nothing to do."""
    from gate.adapters.market_data import MarketDataFiles
    from gate.adapters.runner import LocalSuite
    from gate.adapters.versions import GitVersions
    from gate.usecases.observe import Observer

    return Observer(
        market_data=MarketDataFiles(),
        versions=GitVersions(),
        runner=runner,
        suite=LocalSuite(),
        sandbox=sandbox(),
        progress=progress,
        when_idle=when_idle,
    )


def self_tester(progress: Progress, runner: "LocalRunner") -> "SelfTester":
    """Who tests the gate on the user's model."""
    from gate.usecases.selftest import SelfTester

    return SelfTester(observer=observer(progress, runner))


def local_runner() -> "LocalRunner":
    """Who runs models on this machine; a context."""
    from gate.adapters.runner import LocalRunner

    return LocalRunner()


def sandbox() -> Sandbox:
    """What this machine offers to hold the code under test."""
    from gate.adapters.runner.sandbox import LocalSandbox

    return LocalSandbox()


def observation_store() -> ObservationStore:
    """Where observations are kept."""
    from gate.adapters.observation_store import ObservationFiles

    return ObservationFiles()


def report_folder() -> ReportFolder:
    """Where verdicts are laid down."""
    from gate.adapters.report_folder import FolderOnDisk

    return FolderOnDisk()


def painters() -> Painters:
    """Who draws the pictures."""
    from gate.adapters.painters import PaintingProcesses

    return PaintingProcesses()


def history(repository: "Path", remote: str, *, push: bool) -> "AbstractContextManager[History]":
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

    from gate.adapters.rollback_records import RollbackFiles
    from gate.usecases.rollback.doing import Taker

    return Taker(
        records=RollbackFiles(folder=records, root=repository, named=named),
        pull_requests=pull_requests,
        clock=lambda: datetime.now(tz=UTC),
        approve=approve,
        words=words,
    )


def pull_requests(repository: str, token: str, api_url: str | None) -> "PullRequests":
    """Where a rollback is proposed."""
    from gate.adapters.github import Client, Connection, GitHubPullRequests

    there = Connection(repository=repository, token=token)
    return GitHubPullRequests(Client(replace(there, api_url=api_url) if api_url else there))


def address_of(repository: "Path", remote: str) -> str:
    """Where a remote's name leads to."""
    from gate.adapters.git_history import address_of

    return address_of(repository, remote)
