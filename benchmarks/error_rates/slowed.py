"""v1 that spends so many times its CPU on every fit and every call: what `cpu.py` measures."""

import time

from benchmarks.models import v1


def stretched(times, work):
    """What `work()` returns, after `times` times the CPU that it took."""
    started = time.process_time()
    answer = work()
    until = started + times * (time.process_time() - started)
    while time.process_time() < until:
        pass
    return answer


class RegimeDetector(v1.RegimeDetector):
    """v1, slowed `times` times; 1.0 is v1 through the same wrapper."""

    def __init__(self, times=1.0, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def fit(self, X):
        return stretched(self.times, lambda: super(RegimeDetector, self).fit(X))

    def predict_proba(self, X):
        return stretched(self.times, lambda: super(RegimeDetector, self).predict_proba(X))
