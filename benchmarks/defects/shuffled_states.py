"""Wrong: 20% of the states mean nothing, in runs of a bar. Must be caught by `informativeness`."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        labels = super().predict(X)
        dice = np.array([crc32(row.tobytes()) for row in np.ascontiguousarray(X)])
        return np.where(dice % 100 < 20, dice // 100 % self.n_states, labels)
