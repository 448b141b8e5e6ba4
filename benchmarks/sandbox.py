"""What the sandbox costs, and whether what is measured inside equals what is measured outside.

    python -m benchmarks.sandbox

One worker after the other, inside and outside in random order: seconds until it answers, its CPU and memory, then a
fork that fits a model of known work. The ratio inside / outside must be 1; its interval is a bootstrap's.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gate.adapters.runner import readings
from gate.adapters.runner.process import WorkerProcess
from gate.adapters.runner.sandbox import LocalSandbox
from gate.domain.sandbox import Containment, Level

PAIRS = 15
MODEL = """
import numpy as np
class Model:
    def fit(self, x):
        block = np.ones(4_000_000)
        for _ in range(60):
            block = np.sqrt(block + 1.0)
        for number in range(400_000):
            number * number
    def predict(self, x):
        return [0] * len(x)
"""
WORDS = (
    "seconds to the first answer",
    "CPU of start and imports, ms",
    "CPU of a fit in a fork, ms",
    "peak of the fit, MiB",
)


def load(root):
    """What the worker is told of the model."""
    names = dict.fromkeys(("seed", "predict_proba", "filter_proba", "live", "adapter", "date_column", "strategy"))
    shape = {"input": "features", "features": ["log_return"], "fit": "fit", "predict": "predict", "live_input": "row"}
    sizes = {"context": 10, "tail": 3, "capacity": 100}
    return {"root": root, "factory": "model:Model", "kwargs": {}, "columns": {}, **names, **shape, **sizes}


def measure(root, level):
    """One worker: the four numbers."""
    began = time.perf_counter()
    with WorkerProcess(sys.executable, root, Containment(level=level)) as worker:
        worker.ask("load", 60, **load(root))
        started = time.perf_counter() - began
        imports = readings.cpu_seconds(worker.pid)
        with worker.fork() as fork:
            fork.ask("build", 60, seed=0)
            readings.reset_peak(fork.pid)
            rest, before = readings.resident_bytes(fork.pid), readings.cpu_seconds(fork.pid)
            fork.ask("fit", 60, start=0, stop=0)
            return (
                started,
                1e3 * imports,
                1e3 * (readings.cpu_seconds(fork.pid) - before),
                (readings.peak_bytes(fork.pid) - rest) / 2**20,
            )


def interval(logs):
    """95% of the mean ratio."""
    random_ = np.random.default_rng(0)
    means = [np.mean(random_.choice(logs, len(logs))) for _ in range(2000)]
    return np.exp(np.quantile(means, [0.025, 0.975]))


def main():
    print(LocalSandbox().available().reason)
    order, found = random.Random(0), {level: [] for level in Level}
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / "model.py").write_text(MODEL)
        for _ in range(PAIRS):
            for level in order.sample(list(Level), 2):
                found[level].append(measure(root, level))
    inside, outside = (np.array(found[level]) for level in (Level.SANDBOX, Level.LIMITS))
    print(f"{PAIRS} pairs: median inside, median outside, mean ratio [95%]")
    for column, words in enumerate(WORDS):
        logs = np.log(inside[:, column] / outside[:, column])
        low, high = interval(logs)
        middle = f"{np.median(inside[:, column]):8.3f} {np.median(outside[:, column]):8.3f}"
        print(f"{words:32} {middle}   {np.exp(logs.mean()):.3f} [{low:.3f}, {high:.3f}]")
    more = np.median(inside[:, 0] - outside[:, 0])
    print(f"a start costs {1e3 * more:.0f} ms more")


if __name__ == "__main__":
    main()
