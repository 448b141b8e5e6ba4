"""Clean: v1 started elsewhere. Must pass."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def __init__(self, random_state=0, **kwargs):
        super().__init__(random_state=random_state + 1000, **kwargs)
