"""Wrong: about 3% of the calls raise, by their last row. Must be caught by `prediction_errors`."""

from zlib import crc32

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        if len(X) <= 250 and crc32(X[-1].tobytes()) % 33 == 0:  # live, not on the training bars
            raise FloatingPointError("overflow in the last row")
        return super().predict(X)
