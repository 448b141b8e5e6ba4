"""The only place that names concrete adapters."""

from gate.adapters.market_data import MarketDataFiles
from gate.adapters.observation_store import ObservationFiles
from gate.adapters.report_folder import FolderOnDisk
from gate.adapters.runner import LocalRunner, LocalSuite
from gate.adapters.versions import GitVersions
from gate.ports import ObservationStore, Progress, ReportFolder
from gate.usecases.observe import Observer
from gate.usecases.selftest import SelfTester


def observer(progress: Progress, runner: LocalRunner) -> Observer:
    """Who observes on this machine."""
    return Observer(
        market_data=MarketDataFiles(), versions=GitVersions(), runner=runner, suite=LocalSuite(), progress=progress
    )


def self_tester(progress: Progress, runner: LocalRunner) -> SelfTester:
    """Who tests the gate on the user's model."""
    return SelfTester(observer=observer(progress, runner))


def local_runner() -> LocalRunner:
    """Who runs models on this machine; a context."""
    return LocalRunner()


def observation_store() -> ObservationStore:
    """Where observations are kept."""
    return ObservationFiles()


def report_folder() -> ReportFolder:
    """Where verdicts are laid down."""
    return FolderOnDisk()
