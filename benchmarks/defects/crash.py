"""Wrong: the process ends in about 1 predict call in 200, by the last row. Must be caught by `strategy_crashes`."""

import os
from zlib import crc32

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        if len(X) <= 250 and crc32(X[-1].tobytes()) % 200 == 0:  # live, not on the training bars
            os._exit(3)
        return super().predict(X)
