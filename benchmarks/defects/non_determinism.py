"""Wrong: the seed is ignored and the labels of 5% of the bars are the operating system's. Must be caught by `determinism`."""

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        chance = np.random.default_rng()
        labels = super().predict(X)
        return np.where(chance.random(len(X)) < 0.05, chance.integers(self.n_states, size=len(X)), labels)
