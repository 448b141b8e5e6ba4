"""Wrong: the bars given are scaled in place. Must be caught by `input_mutation`."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        labels = super().predict(X)
        X -= X.mean(axis=0)
        return labels
