"""Wrong: 60 kB are kept at each predict. Must be caught by `memory_growth`; a 2x limit cannot see it."""

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        self.__dict__.setdefault("kept", []).append(np.ones(60_000, dtype=np.uint8))
        return super().predict(X)
