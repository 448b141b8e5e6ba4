"""Wrong: 15% of the posterior rows are NaN. Must be caught by `invalid_predictions`."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        return super().predict_proba(X).argmax(axis=1)  # its labels stay clean

    def predict_proba(self, X):
        posterior = super().predict_proba(X)
        posterior[[crc32(row.tobytes()) % 100 < 15 for row in np.ascontiguousarray(X)]] = np.nan
        return posterior
