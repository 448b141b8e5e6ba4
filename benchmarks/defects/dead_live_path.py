"""Wrong: the live method says state 0 with confidence 1.0 whatever comes. Must be caught by `live_parity`."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict_regime(self, row):
        """One row -> (state, confidence)."""
        return 0, 1.0
