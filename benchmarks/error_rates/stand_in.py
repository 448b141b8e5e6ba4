"""Cheap models on simulated markets, as observations: what is true of them is known, because they can be run for ever.

The market is the gate's own simulator (three states fitted on SP500). The model is the forward filter (Rabiner 1989,
Proc. IEEE 77, eq. 19-20) under the simulator's own parameters, or under transitions that are off by a factor which the
seed decides, as fits are that stop in another local maximum. All replications are filtered at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gate.adapters.market_data.simulator import MEAN, SIGMA, TRANSITION, simulate
from gate.domain.observation import (
    MISSING,
    TAIL,
    Call,
    Ending,
    Loading,
    Market,
    Observations,
    Phase,
    RunKey,
    RunObservation,
    Window,
)
from gate.domain.settings import Settings, StrategySettings
from gate.domain.version import Role
from gate.metrics.evidence import SIMULATED, Evidence
from gate.metrics.registry import DEFAULT_LIMITS

WARM, BARS, WINDOW, AHEAD = 250, 1260, 63, 6
"""Bars that warm the filter, five years out of sample, bars between refits, and bars whose volatility is told last."""
SETTINGS = Settings(limits=dict(DEFAULT_LIMITS), strategy=StrategySettings(periods_per_year=252.0))
DRAWS, DRAW_BARS = SETTINGS.calibration.draws, SETTINGS.calibration.bars
"""Of the simulator, for calibration."""
STATES = len(MEAN)
TOGETHER = 0.8
"""Correlation of the two symbols' returns within a state; SP500 and NASDAQ correlate 0.87 over 1999-2018."""
OK = Phase(ending=Ending.OK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A stand-in for one version."""

    leak: float = 1.0
    """How many times likelier than it is leaving a state seems to the version; the median over its seeds."""
    spread: float = 0.0
    """Standard deviation of log(leak) over the seeds."""
    wrong: float = 0.0
    """Share of bars whose label is drawn at random."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What is compared on what."""

    name: str
    symbols: int
    seeds: int
    models: Mapping[Role, Model]


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """What one model says over N replications of T bars; the first WARM are not predicted."""

    state: np.ndarray
    """(N, T)"""
    posterior: np.ndarray
    """(N, T, STATES)"""


def markets(replications: int, symbols: int, seed: int, bars: int = BARS) -> tuple[np.ndarray, np.ndarray]:
    """(N, symbols, T) log returns and (N, T) true states: all symbols of a replication are in the same state."""
    drawn = [simulate(WARM + bars + AHEAD, seed + number) for number in range(replications)]
    states = np.array([one.regimes for one in drawn])
    first = np.array([np.diff(np.log(one.close), prepend=np.log(one.open[0])) for one in drawn])
    shock = (first - MEAN[states]) / SIGMA[states]
    random = np.random.default_rng(seed)
    found = [first]
    for _ in range(1, symbols):
        other = TOGETHER * shock + np.sqrt(1 - TOGETHER**2) * random.normal(size=shock.shape)
        found.append(MEAN[states] + SIGMA[states] * other)
    return np.stack(found, axis=1), states


def leaks(model: Model, count: int, random: np.random.Generator) -> np.ndarray:
    """(count,) what the seeds of a version make of its transitions."""
    return model.leak * np.exp(model.spread * random.normal(size=count))


def said(returns: np.ndarray, leak: np.ndarray, wrong: float, random: np.random.Generator) -> Path:
    """(N, T) log returns and (N,) leaks -> what the filter says, with a share of the labels drawn at random."""
    posterior = forward(returns, leaving(leak))
    state = posterior.argmax(axis=2).astype(np.int32)
    dice = random.random(state.shape) < wrong
    state[dice] = random.integers(STATES, size=int(dice.sum()))
    return Path(state=state, posterior=posterior)


def leaving(leak: np.ndarray) -> np.ndarray:
    """(N,) -> (N, K, K) the simulator's transitions, those that leave a state `leak` times as likely."""
    away = np.where(np.eye(STATES, dtype=bool), 0.0, TRANSITION)[None] * leak[:, None, None]
    return away + np.eye(STATES) * (1.0 - away.sum(axis=2, keepdims=True))


def forward(returns: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """(N, T) log returns, (N, K, K) transitions -> (N, T, K) P(state at t | returns up to t)."""
    log = -0.5 * ((returns[..., None] - MEAN) / SIGMA) ** 2 - np.log(SIGMA)
    density = np.exp(log - log.max(axis=2, keepdims=True))
    found = np.empty_like(density)
    now = np.full((len(returns), 1, STATES), 1.0 / STATES)
    for t in range(returns.shape[1]):
        now = (now @ transitions) * density[:, None, t]
        now /= now.sum(axis=2, keepdims=True)
        found[:, t] = now[:, 0]
    return found


# ------------------------------------------------------------------ as the gate observes it


def market(symbol: str, returns: np.ndarray, states: np.ndarray) -> Market:
    """(T,) log returns and true states as the judge's bars."""
    day = np.busday_offset(np.datetime64("2000-01-03", "D"), np.arange(len(returns)))
    close = 100.0 * np.exp(np.cumsum(returns))
    return Market(symbol=symbol, time=day.astype("datetime64[ns]"), close=close, regimes=states)


def run(key: RunKey, state: np.ndarray, posterior: np.ndarray, window: int = WINDOW, tail=None) -> RunObservation:
    """(T,) states and (T, K) posteriors of all bars as a healthy run over those after WARM; `tail` as by `tails`."""
    bar = np.arange(WARM, len(state) - AHEAD, dtype=np.int32)
    index = ((bar - WARM) // window).astype(np.int32)
    windows = int(index[-1]) + 1
    nothing, missing = np.full(len(bar), np.nan), np.full(len(bar), MISSING, dtype=np.int32)
    return RunObservation(
        key=key,
        windows=tuple(window_of(place, bar[index == place]) for place in range(windows)),
        labels=tuple(str(k) for k in range(STATES)),
        numeric=True,
        bar=bar,
        window=index,
        call=np.full(len(bar), Call.OK, dtype=np.int8),
        rows=np.zeros(len(bar), dtype=np.int32),
        state=state[bar],
        posterior=posterior[bar],
        confidence=nothing,
        tail=np.full((len(bar), TAIL), MISSING, dtype=np.int32) if tail is None else tail[bar],
        batch_state=missing,
        batch_confidence=nothing,
        live_state=missing,
        live_call=np.zeros(len(bar), dtype=np.int8),
        position=nothing,
        train_count=np.full((windows, STATES), 100, dtype=np.int32),
        train_volatility=np.tile(SIGMA, (windows, 1)),
        rss_calls=np.zeros(0, dtype=np.int32),
        rss_bytes=np.zeros(0, dtype=np.int64),
    )


def tails(state: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """(T,) -> (T, TAIL) the last labels as a later look says them: this share of the oldest is another one."""
    padded = np.concatenate([np.full(TAIL - 1, MISSING, dtype=np.int32), state])
    said = np.lib.stride_tricks.sliding_window_view(padded, TAIL).copy()
    repainted = random.random(len(state)) < share
    said[repainted, 0] = (said[repainted, 0] + 1) % STATES
    return said


def window_of(index: int, bar: np.ndarray) -> Window:
    """One refit."""
    begin, end = int(bar[0]), int(bar[-1]) + 1
    fitted = {"build": OK, "fit": OK, "strategy": Phase(ending=Ending.NOT_OFFERED)}
    return Window(index=index, train_start=0, train_stop=begin, test_stop=end, **fitted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """One symbol in all replications."""

    symbol: str
    returns: np.ndarray
    """(N, T)"""
    states: np.ndarray
    """(N, T)"""
    seeds: tuple[int, ...]
    window: int
    """Bars between refits."""


def legs(replications: int, world: World, seed: int, bars: int = BARS) -> list[Leg]:
    """The world's symbols, and the simulator's draws on which calibration is measured (a seed a draw, one window)."""
    returns, states = markets(replications, world.symbols, seed, bars)
    found = [
        Leg(symbol=f"S{at}", returns=returns[:, at], states=states, seeds=tuple(range(world.seeds)), window=WINDOW)
        for at in range(world.symbols)
    ]
    for draw in range(DRAWS):
        moves, truth = markets(replications, 1, seed + (1 + draw) * 1_000_000, DRAW_BARS)
        name = f"{SIMULATED}:{draw}"
        found.append(Leg(symbol=name, returns=moves[:, 0], states=truth, seeds=(draw,), window=DRAW_BARS))
    return found


def paths(world: World, found: list[Leg], random: np.random.Generator) -> dict[RunKey, Path]:
    """What every version says under every seed; a seed has its leak in each replication, on all symbols."""
    said_by = {}
    for role, model in world.models.items():
        for number in range(max(world.seeds, DRAWS)):
            leak = leaks(model, len(found[0].returns), random)
            for leg in found:
                if number in leg.seeds:
                    key = RunKey(role=role, symbol=leg.symbol, seed=number)
                    said_by[key] = said(leg.returns, leak, model.wrong, random)
    return said_by


def evidence(found: list[Leg], said_by: Mapping[RunKey, Path], place: int, tail=None) -> Evidence:
    """One replication as the gate would have observed it; `tail(state)` says what later looks make of the labels."""
    windows = {leg.symbol: leg.window for leg in found}
    runs = []
    for key, path in said_by.items():
        state = path.state[place]
        told = None if tail is None else tail(state)
        runs.append(run(key, state, path.posterior[place], windows[key.symbol], told))
    observations = Observations(
        versions={},
        loading=dict.fromkeys(Role, Loading(ending=Ending.OK)),
        markets={leg.symbol: market(leg.symbol, leg.returns[place], leg.states[place]) for leg in found},
        runs=tuple(runs),
    )
    return Evidence.of(observations, SETTINGS)
