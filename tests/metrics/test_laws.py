"""What holds for every metric, whatever was observed; warnings are errors, so nothing divides by zero unseen."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from gate.domain.metric import Measurement
from gate.domain.observation import MISSING, Call
from gate.domain.settings import StrategySettings
from gate.domain.version import Role
from gate.judging.judge import Circumstances, judge_all
from gate.metrics.evidence import SIMULATED
from gate.metrics.failures import invalid_predictions
from gate.metrics.registry import ENTRIES
from gate.metrics.series import series_of
from tests.build import BOTH, FIRST, evidence, market, regimes, run, settings, whole

BASELINE, CANDIDATE = BOTH


def measured(found):
    """Every number of every metric, by name."""
    numbers = {}
    for entry in ENTRIES:
        for role in Role:
            told = entry.measure(found, role)
            for one in told if isinstance(told, list) else [told]:
                numbers[entry.metric.name, role, one.part] = (one.value, one.n, one.count, one.low, one.high, one.seeds)
    return numbers


def compared(found):
    """Every comparison."""
    return [entry.compare(found) for entry in ENTRIES if entry.compare]


def permuted(one, order):
    """The same run, its states called otherwise: label codes stay, columns and names move with them."""
    to = np.asarray(order)

    def code(states):
        return np.where(states == MISSING, MISSING, to[np.clip(states, 0, None)]).astype(np.int32)

    back = np.argsort(to)
    return replace(
        one,
        state=code(one.state),
        batch_state=code(one.batch_state),
        tail=code(one.tail),
        posterior=one.posterior[:, back],
        train_count=one.train_count[:, back],
        train_volatility=one.train_volatility[:, back],
    )


@examples(max_examples=6, deadline=None)
@given(st.permutations([0, 1, 2]), st.integers(0, 50))
def test_label_switching_is_not_a_regression(order, seed):
    first, second = run(BASELINE, states=regimes(120, seed)), run(states=regimes(120, seed + 1))
    assert measured(evidence([first, permuted(second, order)])) == measured(evidence([first, second]))


@examples(max_examples=4, deadline=None)
@given(st.integers(0, 50))
def test_renaming_states_to_words_changes_nothing(seed):
    first, second = run(BASELINE, states=regimes(120, seed)), run(states=regimes(120, seed + 1))
    named = replace(second, labels=("bull", "bear", "crash"), numeric=False)
    assert measured(evidence([first, named])) == measured(evidence([first, second]))


@examples(max_examples=40, deadline=None)
@given(
    st.integers(1, 40),
    st.lists(st.sampled_from(["raised", "missing", "nan", "inf", "negative", "sum", "rows", "unknown"]), max_size=8),
    st.randoms(use_true_random=False),
)
def test_an_invalid_bar_never_improves_the_share_of_invalid_predictions(bars, faults, random):
    one = run(states=regimes(bars), labels=("0", "1", "2", "7"), posterior=np.full((bars, 3), 1 / 3))
    one.train_count[:, 3] = 0
    before = invalid_predictions(evidence([one]), CANDIDATE)
    assert before.count == 0
    hurt = set()
    for fault in faults:
        at = random.randrange(bars)
        hurt.add(at)
        spoil(one, fault, at)
        after = invalid_predictions(evidence([one]), CANDIDATE)
        assert after.count == len(hurt)
        assert after.value >= before.value
        before = after


def spoil(one, fault, at):
    if fault in ("raised", "missing", "rows", "unknown"):
        place, value = {
            "raised": (one.call, Call.RAISED),
            "missing": (one.state, MISSING),
            "rows": (one.rows, 1),
            "unknown": (one.state, 3),
        }[fault]
        place[at] = value
        return
    one.posterior[at, 0] = {"nan": np.nan, "inf": np.inf, "negative": -0.5, "sum": 0.5}[fault]


# ------------------------------------------------------------------ whatever was observed


def flat_prices(bars=210):
    return {"A": market(close=np.full(FIRST + bars, 100.0))}


def nothing_called(one):
    return replace(
        one, call=np.zeros(len(one.bar), dtype=np.int8), state=np.full(len(one.bar), MISSING, dtype=np.int32)
    )


ODD = {
    "no runs": lambda: ([], {}),
    "no run of the candidate": lambda: ([run(BASELINE)], {}),
    "no run of the baseline": lambda: ([run()], {}),
    "no pairs": lambda: ([run(BASELINE), run()], {"timed": ()}),
    "no repeats": lambda: ([run(BASELINE), run()], {"repeats": ()}),
    "constant prices": lambda: ([run(BASELINE), run()], {"markets": flat_prices()}),
    "steady growth": lambda: ([run(r) for r in BOTH], {"markets": {"A": market(close=1.001 ** np.arange(300))}}),
    "one state": lambda: ([run(r, states=np.zeros(80, dtype=int), labels=("0",)) for r in BOTH], {}),
    "one of three states": lambda: ([run(r, states=np.zeros(80, dtype=int)) for r in BOTH], {}),
    "always flat": lambda: ([run(r, states=np.full(80, 2)) for r in BOTH], {}),
    "one bar": lambda: ([run(r, states=[0]) for r in BOTH], {}),
    "two bars": lambda: ([run(r, states=[0, 1]) for r in BOTH], {}),
    "one-bar windows": lambda: ([run(r, bars=30, windows=30) for r in BOTH], {}),
    "no bars": lambda: ([run(r, states=np.zeros(0, dtype=int), windows=1) for r in BOTH], {}),
    "no windows": lambda: ([run(r, states=np.zeros(0, dtype=int), windows=0) for r in BOTH], {}),
    "no labels": lambda: (
        [nothing_called(run(r, states=np.zeros(9, int), labels=(), posterior=None)) for r in BOTH],
        {},
    ),
    "nothing called": lambda: ([nothing_called(run(r)) for r in BOTH], {}),
    "no posterior": lambda: ([run(r, posterior=None) for r in BOTH], {}),
    "confidence never a number": lambda: ([run(r, posterior=np.full((200, 3), np.nan)) for r in BOTH], {}),
    "confidence without posterior": lambda: (
        [run(r, posterior=None, confidence=np.where(np.arange(200) % 2, 0.9, np.nan)) for r in BOTH],
        {},
    ),
    "endless posterior": lambda: ([run(r, posterior=np.full((200, 3), np.inf)) for r in BOTH], {}),
    "runs of different lengths": lambda: ([run(BASELINE, bars=60), run(bars=200)], {}),
    "other seeds": lambda: ([run(BASELINE, seed=0), run(seed=1)], {}),
    "other symbols": lambda: ([run(BASELINE, "A"), run(symbol="B")], {}),
    "one seed dead": lambda: (
        [run(r, seed=s) if s else nothing_called(run(r, seed=s)) for s in (0, 1) for r in BOTH],
        {},
    ),
    "no volatility known": lambda: ([run(r, volatility=[np.nan] * 3) for r in BOTH], {}),
    "no memory read": lambda: (
        [run(r, memory=None, rss_calls=np.zeros(0, int), rss_bytes=np.zeros(0, int)) for r in BOTH],
        {},
    ),
    "simulated alone": lambda: ([run(r, SIMULATED) for r in BOTH], {"markets": {SIMULATED: market(SIMULATED)}}),
}


@pytest.mark.parametrize("name", ODD)
def test_every_metric_gives_a_number_or_none_of_whatever_was_observed(name):
    runs, rest = ODD[name]()
    found = evidence(runs, roles=BOTH, **rest)
    for entry in ENTRIES:
        for role in Role:
            told = entry.measure(found, role)
            for one in told if isinstance(told, list) else [told]:
                assert isinstance(one, Measurement)
                assert one.value is None or (isinstance(one.value, float) and math.isfinite(one.value))
                assert (one.low is None) == (one.high is None)
                assert one.low is None or one.low <= one.high
    compared(found)
    for symbol in series_of(found).symbols:
        assert all(len(role.state) == len(role.equity) == len(symbol.time) for role in symbol.roles)


@pytest.mark.parametrize("name", [name for name in ODD if name not in ("no posterior", "no repeats")])
def test_nothing_odd_passes_as_a_whole(name):
    runs, rest = ODD[name]()
    answer = judge_all(evidence(runs, roles=BOTH, **rest), Circumstances())
    assert answer.verdict in ("INCONCLUSIVE", "BLOCK")
    assert all(len(j.sentence.splitlines()) == 1 for j in answer.judgements)


@pytest.mark.parametrize("measure", ["sharpe", "total_return", "max_drawdown"])
@pytest.mark.parametrize("name", ["no bars", "always flat", "constant prices", "runs of different lengths"])
def test_every_measure_of_performance_stands_odd_runs(name, measure):
    runs, rest = ODD[name]()
    under = settings(strategy=StrategySettings(measure=measure))
    compared(evidence(runs, roles=BOTH, under=under, **rest))


@examples(max_examples=12, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(st.data())
def test_noise_for_observations_never_stops_the_judge(data):
    def noisy(role):
        bars = data.draw(st.integers(1, 30))
        number = st.sampled_from([0.0, 0.5, 1.0, np.nan, np.inf, -np.inf, -1.0, 0.97])
        states = data.draw(st.lists(st.integers(-1, 2), min_size=bars, max_size=bars))
        posterior = np.array(data.draw(st.lists(number, min_size=3 * bars, max_size=3 * bars))).reshape(bars, 3)
        calls = data.draw(st.lists(st.sampled_from(list(Call)), min_size=bars, max_size=bars))
        return run(
            role,
            states=np.array(states),
            windows=data.draw(st.integers(1, bars)),
            posterior=posterior,
            call=np.array(calls, dtype=np.int8),
            volatility=data.draw(st.lists(st.sampled_from([np.nan, 0.0, 1.0, 2.0]), min_size=3, max_size=3)),
        )

    answer = judge_all(evidence([noisy(role) for role in BOTH]), Circumstances())
    assert answer.verdict != "PASS"


def test_judging_twice_says_the_same():
    found = whole()
    assert measured(found) == measured(found)
