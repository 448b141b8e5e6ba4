"""Measure v1, v2 and what was tried, on the path that is traded: `python -m benchmarks.models.compare [--quick]`.

Walk-forward as gate does it: train on 1,000 bars, scale on them, then at each of 63 bars ask about the last 250 rows.
"""

import argparse
import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.models.market import features, load_bars, simulate
from benchmarks.models.variants import VARIANTS

TRAIN, TEST, CONTEXT, WINDOWS = 1000, 63, 250, 20
SYMBOLS = ("sp500", "nasdaq")
COST = 0.0005
YEAR = 252
AHEAD = 5
HEADER = (
    f"{'':24}{'change':>8}{'conf.':>8}{'eta2 SP':>9}{'eta2 NQ':>9}{'Sharpe':>8}{'repaint':>9}"
    f"{'seeds =':>9}{'fit ms':>8}{'call ms':>9}{'ECE':>7}{'EM max':>8}{'failed':>8}"
)


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One model on one series at one seed; W windows of TEST bars."""

    state: np.ndarray
    """(W, TEST) rank of the causal state by volatility in training, 0 = calmest."""
    confidence: np.ndarray
    """(W, TEST)"""
    repainted: float
    """Share of the ten labels before the newest that the next call changes."""
    fit: float
    call: float
    """CPU seconds of a fit, and of predict and posterior at one bar."""
    iterations: int
    """The most EM steps that a fit took."""
    failed: int
    """Fits that ran out of iterations or left a state empty."""


def walk(factory, table, stop, windows, seed):
    """(T, 2) features -> Walk over the `windows` windows that end at row `stop`."""
    parts = [_window(factory, table, stop - k * TEST, seed) for k in range(windows, 0, -1)]
    return Walk(
        state=np.array([part.state[0] for part in parts]),
        confidence=np.array([part.confidence[0] for part in parts]),
        repainted=np.mean([part.repainted for part in parts]),
        fit=np.mean([part.fit for part in parts]),
        call=np.mean([part.call for part in parts]),
        iterations=max(part.iterations for part in parts),
        failed=sum(part.failed for part in parts),
    )


def _window(factory, table, start, seed):
    train = table[start - TRAIN : start]
    scaled = (table - train.mean(axis=0)) / train.std(axis=0)
    model = factory(random_state=seed)
    clock = time.process_time()
    model.fit(scaled[start - TRAIN : start])
    fit = time.process_time() - clock
    rank, empty = _rank(model.predict(scaled[start - TRAIN : start]), train[:, 0], model.n_states)
    posterior = getattr(model, "filter_proba", model.predict_proba)
    inputs = [scaled[t - CONTEXT + 1 : t + 1] for t in range(start, start + TEST)]
    clock = time.process_time()
    answers = [(model.predict(rows), posterior(rows)) for rows in inputs]
    call = (time.process_time() - clock) / TEST
    repainted = np.mean([old[0][-10:] != new[0][-11:-1] for old, new in pairwise(answers)])
    gains = np.diff(model.monitor_.history)
    # The monitor's own budget, never the model's `n_iter`: the two can differ, and then nothing would look exhausted.
    exhausted = model.monitor_.iter >= model.monitor_.n_iter and gains[-1] > model.tol
    return Walk(
        state=rank[[[labels[-1] for labels, _ in answers]]],
        confidence=np.array([[rows[-1].max() for _, rows in answers]]),
        repainted=repainted,
        fit=fit,
        call=call,
        iterations=model.monitor_.iter,
        failed=int(exhausted or empty),
    )


def _rank(labels, returns, n_states):
    """Label -> rank by volatility, and whether a state has fewer than two bars."""
    groups = [returns[labels == k] for k in range(n_states)]
    empty = any(len(group) < 2 for group in groups)
    volatility = [group.std() if len(group) > 1 else np.inf for group in groups]
    return np.argsort(np.argsort(volatility)), empty


def change_rate(state):
    """(W, TEST) -> share of changes; a refit is no change."""
    return np.mean(np.diff(state, axis=1) != 0)


def informativeness(state, returns):
    """eta squared: share of the variance of log realised volatility over the next 5 bars that the state explains."""
    ahead = np.lib.stride_tricks.sliding_window_view(returns[1:], AHEAD)
    target = 0.5 * np.log((ahead**2).mean(axis=1) + 1e-12)
    state = state.ravel()[: len(target)]
    target = target[: len(state)]
    between = sum(np.sum(state == k) * (target[state == k].mean() - target.mean()) ** 2 for k in np.unique(state))
    return between / np.sum((target - target.mean()) ** 2)


def strategy_returns(state, returns):
    """Long, flat in the most volatile state; traded one bar later, at COST of what is turned over."""
    position = np.concatenate([[0.0], state.ravel()[:-1] != 2])
    turnover = np.abs(np.diff(position, prepend=0.0))
    return position * returns[: len(position)] - COST * turnover


def sharpe(returns):
    """Annualised."""
    return returns.mean() / returns.std() * YEAR**0.5


def calibration_error(factory, seed, bars=1260, bins=10):
    """Expected calibration error of the confidence (Guo et al. 2017) where the true states are known."""
    closes, truth = simulate(TRAIN + bars, seed)
    table = features(closes)
    result = walk(factory, table, len(table), bars // TEST, 0)
    right = result.state.ravel() == truth[-result.state.size :]
    confidence = result.confidence.ravel()
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(place, right - confidence, minlength=bins)
    return np.abs(gaps).sum() / len(right)


def row(name, factory, *, back, seeds, error):
    """One line of the table: both symbols, `seeds`, the 20 windows that end `back` windows before the last."""
    walks, traded, informed = [], [], []
    for symbol in SYMBOLS:
        table = features(load_bars(symbol)["close"].to_numpy())
        stop = len(table) - back * TEST
        returns = table[stop - WINDOWS * TEST : stop + (AHEAD if back else 0), 0]
        each = [walk(factory, table, stop, WINDOWS, seed) for seed in seeds]
        walks.append(each)
        traded += [strategy_returns(one.state, returns) for one in each]
        informed.append(np.mean([informativeness(one.state, returns) for one in each]))
    every = [one for each in walks for one in each]
    same = np.mean([np.mean(each[0].state == each[-1].state) for each in walks])
    return (
        f"{name:24}{np.mean([change_rate(one.state) for one in every]):8.2%}"
        f"{np.mean([one.confidence.mean() for one in every]):8.2%}{informed[0]:9.3f}{informed[1]:9.3f}"
        f"{sharpe(np.concatenate(traded)):8.2f}{np.mean([one.repainted for one in every]):9.2%}"
        f"{same if len(seeds) > 1 else np.nan:9.1%}{1e3 * np.mean([one.fit for one in every]):8.0f}"
        f"{1e3 * np.mean([one.call for one in every]):9.2f}{error:7.3f}"
        f"{max(one.iterations for one in every):8d}{sum(one.failed for one in every):8d}"
    )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the newest five years and one seed only")
    parser.add_argument("--only", nargs="*", help="names to measure, e.g. v1 v2", default=list(VARIANTS))
    options = parser.parse_args()
    draws = range(1 if options.quick else 3)
    errors = {name: np.mean([calibration_error(VARIANTS[name], k) for k in draws]) for name in options.only}
    for back in (0,) if options.quick else (0, WINDOWS, 2 * WINDOWS):
        days = load_bars("sp500").index
        stop = len(days) - back * TEST
        print(f"\n{days[stop - WINDOWS * TEST]:%Y-%m-%d} to {days[stop - 1]:%Y-%m-%d}\n{HEADER}")
        for name in options.only:
            seeds = (0,) if options.quick else (0, 1)
            print(row(name, VARIANTS[name], back=back, seeds=seeds, error=errors[name]), flush=True)


if __name__ == "__main__":
    main()
