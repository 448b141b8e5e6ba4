"""Wrong: about one fit in five raises, by what its bars are. Must be caught by `training_failures`."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def fit(self, X):
        if crc32(np.ascontiguousarray(X).tobytes()) % 5 == 0:
            raise np.linalg.LinAlgError("covariance is not positive definite")
        return super().fit(X)
