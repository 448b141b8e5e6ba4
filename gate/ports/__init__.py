"""What the outside must offer, a subject a file. Usecases know these, and nothing of what stands behind them."""

from gate.ports.benchmark import BenchmarkSuite, MarketData, RunFailedError, Runner, Versions
from gate.ports.files import ObservationStore, Painters, ReportFolder
from gate.ports.progress import Progress
from gate.ports.sandbox import Sandbox

__all__ = [
    "BenchmarkSuite",
    "MarketData",
    "ObservationStore",
    "Painters",
    "Progress",
    "ReportFolder",
    "RunFailedError",
    "Runner",
    "Sandbox",
    "Versions",
]
