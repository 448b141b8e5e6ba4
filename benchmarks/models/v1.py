"""v1, the baseline: a Gaussian hidden Markov model as hmmlearn ships it, restarted and held to convergence."""

import numpy as np
from hmmlearn.base import ConvergenceMonitor
from hmmlearn.hmm import GaussianHMM

SCOUT_ITERATIONS = 10
"""EM steps each start gets before the best goes on: enough to rank starts, a fraction of a whole fit."""

FEWEST_SHARE = 0.01
"""A start that gives a state fewer than this share of the bars is chosen last: its state may be empty in trading."""


class RegimeDetector:
    """Three regimes of [log return, log 21-bar volatility], shape (T, 2), by maximum likelihood.

    Estimation and recursions are those of Rabiner (1989), "A tutorial on hidden Markov models", Proc. IEEE 77(2),
    section III; regimes of returns follow Hamilton (1989), Econometrica 57(2).

    The label of a bar is the argmax of its posterior, not Viterbi's path. At the last row, the only one that can be
    traded, the posterior given all rows *is* the forward filter P(state at t | rows up to t), so its argmax is wrong
    least often. Viterbi's last label belongs to the most probable whole path, which live trading never needs.
    """

    def __init__(self, n_states=3, n_init=8, n_iter=500, tol=1e-2, random_state=None):
        self.n_states = n_states
        self.n_init = n_init
        self.n_iter = n_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X):
        """Give each start a few EM steps, then run the likeliest until its gain is below `tol`.

        The likelihood has many local maxima (Rabiner, section V.B): of single starts two seeds rarely agree.
        """
        X = np.asarray(X, dtype=float)
        rng = np.random.default_rng(self.random_state)
        scouts = [self._scout(X, rng) for _ in range(self.n_init)]
        self.model = max(scouts, key=lambda scout: self._merit(scout, X))
        self.model.n_iter = self.n_iter
        # The monitor keeps the budget it was built with: without a new one EM stops at the scout's, called converged.
        self.model.monitor_ = ConvergenceMonitor(self.tol, self.n_iter, verbose=False)
        self.model.fit(X)
        self.monitor_ = self.model.monitor_
        return self

    def predict(self, X):
        """(T, 2) -> (T,) the most probable state of each row; the last row's is causal."""
        return self.predict_proba(X).argmax(axis=1)

    def predict_proba(self, X):
        """(T, 2) -> (T, n_states) posterior given all rows of X; the last row is the forward filter."""
        try:
            return self.model.predict_proba(X)
        except ValueError:  # scaled recursions underflow some 37 standard deviations out; slower logarithms do not
            self.model.implementation = "log"
            try:
                return self.model.predict_proba(X)
            finally:
                self.model.implementation = "scaling"

    def _scout(self, X, rng):
        """One start: states cut at random quantiles of the last column, so that none begins empty; a few EM steps."""
        cuts = np.sort(rng.uniform(0.1, 0.9, self.n_states - 1))
        state = np.searchsorted(np.quantile(X[:, -1], cuts), X[:, -1])
        groups = [X[state == k] if np.sum(state == k) > 2 else X for k in range(self.n_states)]
        model = GaussianHMM(
            self.n_states,
            "diag",
            n_iter=SCOUT_ITERATIONS,
            tol=self.tol,
            init_params="",
            implementation="scaling",  # a third of the time of "log"
            covars_prior=1e-6,  # the default, 1e-2, makes the likelihood fall near its maximum
        )
        model.startprob_ = np.full(self.n_states, 1 / self.n_states)
        model.transmat_ = np.full((self.n_states, self.n_states), 0.05 / (self.n_states - 1))
        np.fill_diagonal(model.transmat_, 0.95)
        model.means_ = np.array([group.mean(axis=0) for group in groups])
        model.covars_ = np.array([group.var(axis=0) + 1e-2 for group in groups])
        return model.fit(X)

    def _merit(self, model, X):
        """The order of starts: no (nearly) empty state first, then likelihood."""
        share = np.bincount(model.predict(X), minlength=self.n_states) / len(X)
        return share.min() >= FEWEST_SHARE, model.monitor_.history[-1]
