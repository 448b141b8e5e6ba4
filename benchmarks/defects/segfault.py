"""Wrong: about every third fit reads address 0, by its bars. Must be caught by `strategy_crashes`."""

import ctypes
from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def fit(self, X):
        if crc32(np.ascontiguousarray(X).tobytes()) % 3 == 0:
            ctypes.string_at(0)
        return super().fit(X)
