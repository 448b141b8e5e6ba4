"""Wrong: posterior rows sum to 1.1. Must be caught by `invalid_predictions`."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict_proba(self, X):
        return 1.1 * super().predict_proba(X)
