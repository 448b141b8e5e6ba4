"""Wrong: 15% of the labels are state 7 of 3. Must be caught by `invalid_predictions`."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        labels = super().predict(X)
        if len(X) <= 250:  # clean on the training bars, from which the valid labels may be learnt
            labels[[crc32(row.tobytes()) % 100 < 15 for row in np.ascontiguousarray(X)]] = 7
        return labels
