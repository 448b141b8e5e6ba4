"""What the outside must offer, a subject a file. Usecases know these, and nothing of what stands behind them."""

from gate.ports.benchmark import BenchmarkSuite, MarketData, RunFailedError, Runner, Versions
from gate.ports.files import ObservationStore, Painters, ReportFolder
from gate.ports.progress import Progress

__all__ = [
    "BenchmarkSuite",
    "MarketData",
    "ObservationStore",
    "Painters",
    "Progress",
    "ReportFolder",
    "RunFailedError",
    "Runner",
    "Versions",
]
