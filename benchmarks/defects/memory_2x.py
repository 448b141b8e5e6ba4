"""Wrong: 45 MiB are held during the fit. Must be caught by `memory`."""

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def fit(self, X):
        ballast = np.ones(45 * 2**20, dtype=np.uint8)  # written, so that it is resident
        super().fit(X)
        del ballast
        return self
