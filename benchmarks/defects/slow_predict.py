"""Wrong: every call answers five times over. Must be caught by `cpu`."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict_proba(self, X):
        for _ in range(4):
            super().predict_proba(X)
        return super().predict_proba(X)
