"""Wrong: a fit takes `times` as much CPU. Must be caught by `cpu`."""

import time

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    times = 4.0

    def fit(self, X):
        begin = time.process_time()
        super().fit(X)
        end = begin + self.times * (time.process_time() - begin)
        while time.process_time() < end:
            pass
        return self
