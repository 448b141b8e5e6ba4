"""The only place that names concrete adapters. Each is imported when it is asked for: judging needs no runner."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from gate.ports import ObservationStore, Painters, Progress, ReportFolder, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from gate.adapters.runner import LocalRunner
    from gate.ports.publishing import Archive, Job
    from gate.ports.setup import Hosting
    from gate.usecases.culprit import CulpritFinder
    from gate.usecases.doctor import Doctor
    from gate.usecases.init import Initialiser
    from gate.usecases.observe import Observer, Question
    from gate.usecases.publish import Publisher
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


def initialiser() -> "Initialiser":
    """Who sets gate up in a repository."""
    from gate.adapters.looking import RepositoryOnDisk, WorkspaceOnDisk
    from gate.adapters.market_data import MarketDataFiles
    from gate.usecases.init import Initialiser

    return Initialiser(looking=RepositoryOnDisk(), workspace=WorkspaceOnDisk(), market_data=MarketDataFiles())


@contextmanager
def doctor(environment: Mapping[str, str]) -> "Iterator[Doctor]":
    """Who says what is not right yet; asks GitHub where there is a token."""
    from gate.adapters.looking import RepositoryOnDisk, WorkspaceOnDisk
    from gate.adapters.market_data import MarketDataFiles
    from gate.usecases.doctor import Doctor

    with ExitStack() as stack:

        def hosting(repository: str) -> "Hosting":
            from gate.adapters.github import Client, Connection, GitHubSettings
            from gate.adapters.github.client import PUBLIC

            connection = Connection(
                repository=repository,
                token=environment["GITHUB_TOKEN"],
                api_url=environment["GITHUB_API_URL"] or PUBLIC,
            )
            return GitHubSettings(stack.enter_context(Client(connection)))

        yield Doctor(
            looking=RepositoryOnDisk(),
            workspace=WorkspaceOnDisk(),
            market_data=MarketDataFiles(),
            sandbox=sandbox(),
            hosting=hosting if environment["GITHUB_TOKEN"] else None,
        )


def culprit_finder(
    progress: Progress, runner: "LocalRunner", asked: "Question", cache: "Path | None"
) -> "CulpritFinder":
    """Who searches the history for a commit."""
    from gate.adapters.culprit_journal import JournalFiles
    from gate.adapters.installed import installed
    from gate.adapters.versions import GitHistory
    from gate.adapters.versions.folders import cache_folder
    from gate.usecases.culprit import CulpritFinder
    from gate.usecases.evaluating import GateEvaluator, Silent

    history = GitHistory()
    return CulpritFinder(
        history=history,
        journal=JournalFiles(cache or cache_folder("culprit")),
        evaluator=GateEvaluator(observer=observer(Silent(), runner), history=history, asked=asked, installed=installed),
        progress=progress,
    )


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


def archive() -> "Archive":
    """Who reads observations out of a stranger's archive."""
    from gate.adapters.observation_store import ObservationArchive

    return ObservationArchive()


@contextmanager
def publisher(repository: str) -> "Iterator[Publisher]":
    """Who publishes at GitHub, with the token and the address that the environment names."""
    from functools import partial
    from pathlib import Path

    from gate.adapters.github import PUBLIC, Client, Connection, GitHubHost
    from gate.adapters.versions.committed import text_at
    from gate.usecases.publish import Publisher

    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
    url = os.environ.get("GITHUB_API_URL") or PUBLIC
    with Client(Connection(repository=repository, token=token, api_url=url)) as client:
        yield Publisher(host=GitHubHost(client, partial(text_at, Path.cwd())), archive=archive())


def job() -> "Job":
    """The job that this runs in, if it is one."""
    from gate.adapters.actions import ActionsJob

    return ActionsJob(os.environ)


def report_folder() -> ReportFolder:
    """Where verdicts are laid down."""
    from gate.adapters.report_folder import FolderOnDisk

    return FolderOnDisk()


def painters() -> Painters:
    """Who draws the pictures."""
    from gate.adapters.painters import PaintingProcesses

    return PaintingProcesses()
