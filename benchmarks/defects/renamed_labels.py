"""Clean: states are words, the calmest "calm". Must pass."""

import numpy as np

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def fit(self, X):
        super().fit(X)
        self.order = np.argsort(self.model.means_[:, -1])
        return self

    def predict(self, X):
        return np.array(["calm", "normal", "stress"])[super().predict(X)]

    def predict_proba(self, X):
        return super().predict_proba(X)[:, self.order]
