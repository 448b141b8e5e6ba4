"""A stranger's repository: bars as CSV, a detector in numpy, a gate.toml."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent

DETECTOR = '''
"""Two regimes by smoothed absolute return: calm below the training window's upper quartile."""
import numpy as np


class Detector:
    def __init__(self, quantile=0.75, random_state=0):
        self.quantile = quantile

    def _level(self, frame):
        returns = np.abs(np.diff(np.log(frame["close"].to_numpy()), prepend=np.nan))
        returns[0] = returns[1] if len(returns) > 1 else 0.0
        level = np.empty(len(returns))
        level[0] = returns[0]
        for bar in range(1, len(returns)):
            level[bar] = 0.94 * level[bar - 1] + 0.06 * returns[bar]
        return level

    def fit(self, frame):
        self.cut = np.quantile(self._level(frame), self.quantile)

    def predict(self, frame):
        return (self._level(frame) > self.cut).astype(int)

    def predict_proba(self, frame):
        state = self.predict(frame)
        return np.where(state[:, None] == np.arange(2), 0.96, 0.04)
'''

CONFIG = """
[data]
sources = ["bars.csv"]

[model]
factory = "detector:Detector"
input = "bars"

[run]
train = 120
test = 15
windows = 30
context = 60
timeout = 20

[timing]
calls = 15
pairs_max = 8

[calibration]
enabled = false
"""


def bars(count=900, seed=3):
    """Bars whose volatility comes in spells, as CSV text."""
    random = np.random.default_rng(seed)
    spells = np.repeat(random.choice([0.004, 0.02], size=count // 30 + 1, p=[0.7, 0.3]), 30)[:count]
    close = 100 * np.exp(np.cumsum(random.normal(0.0004, spells)))
    days = np.datetime64("2015-01-01") + np.arange(count)
    rows = [f"{day},{c:.4f},{c * 1.001:.4f},{c * 0.999:.4f},{c:.4f},1000" for day, c in zip(days, close, strict=True)]
    return "date,open,high,low,close,volume\n" + "\n".join(rows) + "\n"


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str
    output: Path

    @property
    def verdict(self):
        return json.loads((self.output / "verdict.json").read_text())

    def judgement(self, metric):
        return next(j for j in self.verdict["judgements"] if j["metric"] == metric)


class Repository:
    """A folder that a stranger would have."""

    def __init__(self, folder):
        self.folder = folder
        self.output = folder / "out"
        (folder / "bars.csv").write_text(bars())
        (folder / "detector.py").write_text(DETECTOR)
        (folder / "gate.toml").write_text(CONFIG)

    def git(self, *words):
        who = ("-c", "user.name=quant", "-c", "user.email=quant@example.invalid")
        done = subprocess.run(("git", *who, *words), cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, message, tag=None):
        if not (self.folder / ".git").exists():
            self.git("init", "-q", "-b", "main")
        self.git("add", "detector.py", "gate.toml", "bars.csv")
        self.git("commit", "-qm", message)
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")

    def edit(self, old, new, name="detector.py"):
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def gate(self, *words, timeout=120):
        environment = {**os.environ, "GATE_CACHE_DIR": str(self.folder / ".cache")}
        done = subprocess.run(
            (sys.executable, "-m", "gate", *words),
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr, self.output)

    def run(self, *words):
        return self.gate("run", "-o", "out", "--no-pictures", *words)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)
