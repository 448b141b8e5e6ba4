"""Clean: the first five rows are warm-up and not answered. Must pass."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict_proba(self, X):
        return super().predict_proba(X)[5:]
