"""Clean: state numbers are permuted from fit to fit, as those of any mixture are. Must pass."""

from zlib import crc32

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def fit(self, X):
        seed = crc32(np.ascontiguousarray(X).tobytes())
        self.order = np.random.default_rng(seed).permutation(self.n_states)
        return super().fit(X)

    def predict_proba(self, X):
        return super().predict_proba(X)[:, self.order]
