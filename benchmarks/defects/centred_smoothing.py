"""Wrong: labels are the majority of the 21 around them, 10 of them in the future. Must be caught by `repaint`."""

import numpy as np

from benchmarks.models import v1

SIDE = 10


class RegimeDetector(v1.RegimeDetector):
    def predict(self, X):
        votes = np.eye(self.n_states)[super().predict(X)]
        padded = np.vstack([np.zeros((SIDE, self.n_states)), votes, np.zeros((SIDE, self.n_states))])
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * SIDE + 1, axis=0).sum(axis=2)
        return around.argmax(axis=1)
