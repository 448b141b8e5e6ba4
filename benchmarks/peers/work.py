"""What every peer times: one fit of the slowed v1 and its live calls, as the gate times them.

As a program it is one cold run, start and imports included, and prints how many seconds were the model's.
"""

import sys
import time

import numpy as np

from benchmarks.error_rates.slowed import RegimeDetector

CONTEXT = 250
"""Rows of a live call."""


class Work:
    """Callable: the model is fitted and called."""

    def __init__(self, file, times):
        """`file` holds `train` (T, 2) and `live` (CONTEXT + calls, 2)."""
        with np.load(file) as kept:
            self.train, self.live = kept["train"], kept["live"]
        self.times = times

    def __call__(self):
        model = RegimeDetector(self.times, random_state=0)
        model.fit(self.train)
        for end in range(CONTEXT + 1, len(self.live) + 1):
            seen = self.live[end - CONTEXT : end]
            model.predict(seen)
            model.predict_proba(seen)


if __name__ == "__main__":
    work = Work(sys.argv[1], float(sys.argv[2]))
    started = time.perf_counter()
    work()
    print(time.perf_counter() - started)
