"""Observations with just the states, posteriors, prices and accidents that a test is about; the rest is healthy."""

from dataclasses import replace

import msgspec
import numpy as np

from gate.domain.observation import (
    MISSING,
    TAIL,
    Call,
    Diagnosis,
    Ending,
    Loading,
    Market,
    MemoryReading,
    Observations,
    Pair,
    Phase,
    Reading,
    Repeat,
    RunKey,
    RunObservation,
    Window,
)
from gate.domain.settings import ModelSettings, Settings
from gate.domain.version import Role, Version
from gate.metrics.evidence import SIMULATED, Evidence
from gate.metrics.registry import DEFAULT_LIMITS

OK = Phase(ending=Ending.OK)
FIRST = 50
"""The first out-of-sample bar of every run here."""
MIB = 2**20
BOTH = (Role.BASELINE, Role.CANDIDATE)


def regimes(bars, seed=0, states=3, stay=0.96):
    """A persistent path through the states."""
    random = np.random.default_rng(seed)
    path = np.zeros(bars, dtype=np.int32)
    for t in range(1, bars):
        path[t] = path[t - 1] if random.random() < stay else random.integers(states)
    return path


def market(symbol="A", *, bars=200, seed=0, close=None, states=None, true_regimes=None):
    """Daily prices whose volatility follows a path of regimes; `bars` of them can be predicted."""
    count = FIRST + bars
    if close is None:
        path = np.resize(regimes(count, seed) if states is None else np.asarray(states), count)
        moves = np.random.default_rng(seed).normal(0.0004, 0.004 * 2.5 ** np.clip(path, 0, 3), size=count)
        close = 100.0 * np.exp(np.cumsum(moves))
    close = np.asarray(close, dtype=float)
    time = np.datetime64("2015-01-01", "ns") + np.arange(len(close)) * np.timedelta64(1, "D")
    return Market(symbol=symbol, time=time, close=close, regimes=true_regimes)


def run(
    role=Role.CANDIDATE,
    symbol="A",
    seed=0,
    *,
    states=None,
    bars=200,
    windows=1,
    labels=("0", "1", "2"),
    numeric=True,
    volatility=None,
    posterior="sure",
    certainty=0.97,
    phases=None,
    **changes,
):
    """One run. `states` are codes into `labels`; `posterior`: "sure", an array (T, K), or None for none.

    `volatility` ranks the labels (C,); `phases` = {window: {"fit": Phase(...)}} changes how phases of windows ended.
    """
    path = np.asarray(regimes(bars, seed) if states is None else states, dtype=np.int32)
    count, width = len(path), len(labels)
    edges = np.linspace(0, count, windows + 1).astype(int)
    window = np.repeat(np.arange(windows), np.diff(edges)).astype(np.int32)
    shown = np.arange(width, dtype=float) + 1.0 if volatility is None else np.asarray(volatility, dtype=float)
    values = {
        "key": RunKey(role=role, symbol=symbol, seed=seed),
        "windows": tuple(window_of(i, edges, (phases or {}).get(i, {})) for i in range(windows)),
        "labels": tuple(labels),
        "numeric": numeric,
        "bar": np.arange(FIRST, FIRST + count, dtype=np.int32),
        "window": window,
        "call": np.full(count, Call.OK, dtype=np.int8),
        "rows": np.zeros(count, dtype=np.int32),
        "state": path,
        "posterior": sure(path, width, certainty) if isinstance(posterior, str) else no_less(posterior, count),
        "confidence": np.full(count, np.nan),
        "tail": tails(path, window),
        "batch_state": path.copy(),
        "batch_confidence": np.full(count, certainty),
        "live_state": np.full(count, MISSING, dtype=np.int32),
        "live_call": np.zeros(count, dtype=np.int8),
        "position": np.full(count, np.nan),
        "train_count": np.full((windows, width), 20, dtype=np.int32),
        "train_volatility": np.tile(shown, (windows, 1)).reshape(windows, width),
        "rss_calls": np.arange(10, 410, 10, dtype=np.int32),
        "rss_bytes": np.full(40, 200 * MIB, dtype=np.int64),
        "memory": MemoryReading(rest=200 * MIB, fit_peak=204 * MIB, predict_peak=203 * MIB, method="test"),
    }
    return RunObservation(**(values | changes))


def window_of(index, edges, phases):
    start, stop = int(edges[index]) + FIRST, int(edges[index + 1]) + FIRST
    given = {"build": OK, "fit": OK, "batch": OK, "strategy": Phase(ending=Ending.NOT_OFFERED)} | phases
    whole = {"diagnosis": Diagnosis(finite=True, iterations=10, max_iterations=100, last_gain=1e-4, tolerance=1e-2)}
    return Window(index=index, train_start=max(start - 40, 0), train_stop=start, test_stop=stop, **(whole | given))


def sure(path, width, certainty):
    """(T, K) `certainty` on the state, the rest spread evenly."""
    if width < 2:
        return np.ones((len(path), width))
    rows = np.full((len(path), width), (1.0 - certainty) / (width - 1))
    known = path != MISSING
    rows[np.flatnonzero(known), path[known]] = certainty
    return rows


def no_less(posterior, count):
    return np.zeros((count, 0)) if posterior is None else np.asarray(posterior, dtype=float)


def tails(path, window):
    """(T, TAIL) the labels of the last bars of the same window, never repainted."""
    out = np.full((len(path), TAIL), MISSING, dtype=np.int32)
    for back in range(min(TAIL, len(path))):
        same = window[back:] == window[: len(window) - back]
        out[back:, TAIL - 1 - back] = np.where(same, path[: len(path) - back], MISSING)
    return out


def reading(fit=1.0, predict=0.5, imports=2.0):
    return Reading(imports=imports, fit=fit, predict=predict, calls=60)


def pairs(ratio=1.0, count=5, **baseline):
    """Timed pairs: the candidate's model takes `ratio` times as long."""
    first = reading(**baseline)
    second = msgspec.structs.replace(first, fit=first.fit * ratio, predict=first.predict * ratio)
    return tuple(Pair(symbol="A", first=Role.BASELINE, baseline=first, candidate=second) for _ in range(count))


def repeat(of, differ=0, count=50):
    """The first calls of a run's first window again; the first `differ` of them answered otherwise."""
    at = np.flatnonzero(of.window == of.windows[0].index)[:count] if of.windows else np.zeros(0, dtype=int)
    state = of.state[at].copy()
    state[:differ] = (state[:differ] + 1) % max(len(of.labels), 1)
    confidence = of.posterior[at].max(axis=1) if of.posterior.shape[1] else of.confidence[at]
    return Repeat(key=of.key, window=0, labels=of.labels, state=state, confidence=confidence)


def version(role, tree="", **changes):
    values = {"ref": role.value, "sha": "", "factory": "m:Model", "root": "/x", "python": "py"}
    return Version(role=role, tree_sha256=tree or role.value, **(values | changes))


def settings(limits=None, **tables):
    """The default settings with changes; `limits` = {metric: {bound: value}}."""
    changed = dict(DEFAULT_LIMITS)
    for metric, bounds in (limits or {}).items():
        changed[metric] = msgspec.structs.replace(DEFAULT_LIMITS[metric], **bounds)
    model = ModelSettings(factory="m:Model")
    return Settings(**({"limits": changed, "baseline_model": model, "candidate_model": model} | tables))


def observations(runs, *, markets=None, roles=None, repeats=None, timed=None, **changes):
    """Whole observations around some runs."""
    runs = tuple(runs)
    roles = tuple(dict.fromkeys(r.key.role for r in runs)) if roles is None else roles
    symbols = dict.fromkeys(r.key.symbol for r in runs)
    longest = max((int(r.bar.max(initial=FIRST)) + 1 - FIRST for r in runs), default=1)
    found = {symbol: market(symbol, bars=longest + 10, seed=place) for place, symbol in enumerate(symbols)}
    values = {
        "versions": {role: version(role) for role in roles},
        "loading": {role: Loading(ending=Ending.OK) for role in roles},
        "markets": found | (markets or {}),
        "runs": runs,
        "repeats": tuple(map(repeat, runs)) if repeats is None else repeats,
        "pairs": pairs() if timed is None else timed,
    }
    return Observations(**(values | changes))


def evidence(runs, *, under=None, **changes):
    """Runs, graded."""
    return Evidence.of(observations(runs, **changes), under or settings())


def healthy(roles=BOTH, *, symbols=("A", "B"), seeds=2, bars=400, windows=20, **changes):
    """Two versions that do the same, with enough of everything for every floor, and a simulated run each."""
    runs = [
        run(role, symbol, seed, states=market_states(symbol, bars, seed), windows=windows, **changes)
        for seed in range(seeds)
        for symbol in symbols
        for role in roles
    ]
    return runs + [simulated(role) for role in roles]


def market_states(symbol, bars, seed=0):
    """What a good model says of `market(symbol)`: its regimes, with a little noise of the seed."""
    path = regimes(FIRST + bars + 10, "AB".find(symbol) % 7)[FIRST : FIRST + bars].copy()
    random = np.random.default_rng(seed + 100)
    wrong = random.random(bars) < 0.01
    path[wrong] = random.integers(0, 3, wrong.sum())
    return path


def simulated(role, *, certainty=0.97, bars=300):
    return run(role, SIMULATED, 0, states=regimes(bars, 5), certainty=certainty)


def whole(runs=None, *, under=None, **changes):
    """Evidence of two healthy versions (or of `runs`), simulated bars included."""
    runs = healthy() if runs is None else runs
    truth = np.concatenate([np.zeros(FIRST), np.where(regimes(310, 5) < 0, 0, regimes(310, 5))]).astype(np.int32)
    known = market(SIMULATED, bars=310, true_regimes=truth)
    markets = {SIMULATED: known} if any(r.key.symbol == SIMULATED for r in runs) else {}
    return evidence(runs, under=under, markets=markets | changes.pop("markets", {}), **changes)


def changed(runs, role, **changes):
    """The same runs, those of one role changed; a value may be a function of the run."""
    return [
        replace(r, **{key: value(r) if callable(value) else value for key, value in changes.items()})
        if r.key.role is role and r.key.symbol != SIMULATED
        else r
        for r in runs
    ]
