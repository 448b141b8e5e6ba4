"""Wrong: about every third fit never ends, by its bars. Must be caught by `training_failures`, by the time limit."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def fit(self, X):
        while crc32(np.ascontiguousarray(X).tobytes()) % 3 == 0:
            pass
        return super().fit(X)
