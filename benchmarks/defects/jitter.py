"""Wrong: in a third of the bars the state is one further. Must be caught by `regime_change_rate`."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        flip = np.array([crc32(row.tobytes()) % 3 == 0 for row in np.ascontiguousarray(X)])
        return (super().predict(X) + flip) % self.n_states
