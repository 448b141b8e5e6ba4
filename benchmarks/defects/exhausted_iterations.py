"""Wrong: EM stops after 3 steps and hmmlearn calls it converged. Must be caught by `training_failures`."""

from benchmarks.models import v1


class RegimeDetector(v1.RegimeDetector):
    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "n_iter": 3, "tol": 1e-9})
