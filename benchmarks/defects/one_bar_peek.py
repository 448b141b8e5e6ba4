"""Wrong: the label of a bar is the next bar's; the newest has none and gets a guess. Must be caught by `repaint`."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        return np.append(super().predict(X)[1:], crc32(X[-1].tobytes()) % self.n_states)
