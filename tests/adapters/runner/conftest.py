"""Models written into a folder, and run in real processes on few bars."""

import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import pytest

from gate.adapters.runner.run import Run
from gate.domain.market import Bars
from gate.domain.observation import MISSING, RunObservation
from gate.domain.plan import RunRequest, WindowPlan
from gate.domain.settings import ModelSettings, RunSettings
from gate.domain.version import Role, Version

TRAIN, TEST, WARM_UP = 60, 5, 22

TWO_STATES = """
    import numpy as np

    class Model:
        def __init__(self, random_state=None):
            self.seed = random_state
        def fit(self, x):
            self.middle = float(np.median(x[:, 1]))
            return self
        def loud(self, x):
            return x[:, 1] > self.middle
        def predict(self, x):
            return self.loud(x).astype(int)
        def predict_proba(self, x):
            p = np.where(self.loud(x), 0.2, 0.9)
            return np.column_stack([p, 1 - p])
"""
"""The model that the shapes below say the same as: 0 calm with 0.9, 1 loud with 0.8."""


def market(count: int, symbol: str = "TEST", seed: int = 7) -> Bars:
    """Three calm bars, three loud ones, and so on."""
    rng = np.random.default_rng(seed)
    spread = np.where(np.arange(count) // 3 % 2, 0.03, 0.004)
    close = 100 * np.exp(np.cumsum(rng.normal(0, spread)))
    return Bars(
        symbol=symbol,
        time=np.datetime64("2020-01-01", "ns") + np.arange(count) * np.timedelta64(1, "D"),
        open=close * 0.999,
        high=close * (1 + spread),
        low=close * (1 - spread),
        close=close,
        volume=np.full(count, 1e6),
    )


@dataclass
class Said:
    """A run's answers, in the model's own words."""

    run: RunObservation
    states: list = field(init=False)
    confidence: list = field(init=False)

    def __post_init__(self):
        run = self.run
        best = run.posterior.max(axis=1, initial=-np.inf)
        self.states = self.named(run.state)
        self.confidence = np.where(np.isfinite(best), best, run.confidence).round(6).tolist()

    def named(self, codes):
        names = [int(label) if self.run.numeric else label for label in self.run.labels]
        return [None if code == MISSING else names[code] for code in codes.tolist()]

    @property
    def window(self):
        return self.run.windows[0]


class Workshop:
    """A version's folder, and requests to run what lies in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, source: str, name: str = "model.py") -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source))
        return file

    def request(
        self, source=None, *, windows=1, test=TEST, train=TRAIN, run=None, strategy=None, seed=3, watch=False, **model
    ):
        """A request for the model of `source`; other keywords are of [model]."""
        if source is not None:
            self.write(source)
        settings = {"context": 40, "timeout": 20.0, "call_timeout": 10.0, **(run or {})}
        first = WARM_UP + train
        return RunRequest(
            version=Version(
                role=model.pop("role", Role.CANDIDATE),
                ref="v2",
                sha="",
                factory="",
                root=str(self.root),
                python=model.pop("python", sys.executable),
            ),
            model=ModelSettings(
                **{
                    "factory": "model:Model",
                    "features": ("log_return", "log_range"),
                    "seed": model.pop("seed_keyword", None),
                    **model,
                }
            ),
            settings=RunSettings(train=train, test=test, windows=windows, **settings),
            strategy=strategy,
            bars=market(first + windows * test),
            seed=seed,
            watch_memory=watch,
            windows=tuple(
                WindowPlan(
                    index=number,
                    train_start=WARM_UP + number * test,
                    train_stop=first + number * test,
                    test_stop=first + (number + 1) * test,
                )
                for number in range(windows)
            ),
        )

    def run(self, source=None, **asked) -> Said:
        """Run it, and see that no process is left."""
        run = Run(self.request(source, **asked))
        before = children()
        observation, _ = run.observe()
        assert children() == before
        return Said(observation)


def children() -> set[int]:
    """Processes below this one."""
    return {process.pid for process in psutil.Process().children(recursive=True)}


def alive(pid: int) -> bool:
    """The process runs, or will in a moment not be seen any more."""
    for _ in range(40):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    root = tmp_path / "version"
    root.mkdir()
    return Workshop(root)


@pytest.fixture(scope="session")
def two_states() -> str:
    return TWO_STATES


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """What the plain model says."""
    return Workshop(tmp_path_factory.mktemp("plain")).run(TWO_STATES)


@pytest.fixture(scope="session")
def is_alive():
    return alive


@pytest.fixture
def open_files():
    """File descriptors of this process."""
    return lambda: len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(scope="session")
def bars_of():
    return market
