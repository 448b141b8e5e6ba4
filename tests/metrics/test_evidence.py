"""Who is grouped with whom."""

import pytest

from gate.domain.settings import ModelSettings
from gate.domain.version import Role
from gate.metrics.evidence import SIMULATED, is_simulated, matched
from tests.build import BOTH, evidence, run, settings

B, C = Role.BASELINE, Role.CANDIDATE


def keys(runs):
    return [(g.run.key.role, g.run.key.symbol, g.run.key.seed) for g in runs]


@pytest.mark.parametrize(
    ("symbol", "simulated"),
    [("SIMULATED", True), ("SIMULATED:7", True), ("SIMULATED-7", False), ("A", False), ("A:SIMULATED", False)],
)
def test_only_the_gates_own_draws_are_simulated(symbol, simulated):
    assert is_simulated(symbol) is simulated
    found = evidence([run(symbol=symbol, bars=3)])
    assert found.settings == settings()
    assert (len(found.simulated), len(found.graded)) == ((1, 0) if simulated else (0, 1))


def test_each_role_is_graded_by_the_states_that_it_was_named():
    under = settings(
        baseline_model=ModelSettings(factory="m:Model", states=(0, 1)),
        candidate_model=ModelSettings(factory="m:Model", states=("2",)),
    )
    found = evidence([run(role, states=[0, 1, 2]) for role in BOTH], under=under)
    assert [g.valid.tolist() for g in found.graded] == [[True, True, False], [False, False, True]]


def test_runs_are_those_of_the_role_on_market_data():
    found = evidence([run(role, symbol, bars=3) for symbol in ("A", SIMULATED, "B") for role in BOTH])
    assert keys(found.runs(C)) == [(C, "A", 0), (C, "B", 0)]
    assert keys(found.runs(B)) == [(B, "A", 0), (B, "B", 0)]


def test_seeds_are_in_order_and_hold_their_symbols_simulated_ones_apart():
    found = evidence([run(r, s, seed, bars=3) for seed in (7, 2) for s in ("A", "B", SIMULATED) for r in BOTH])
    seeds = found.seeds(C)
    assert list(seeds) == [2, 7]
    assert [keys(runs) for runs in seeds.values()] == [[(C, "A", seed), (C, "B", seed)] for seed in (2, 7)]
    assert [g.run.key.seed for g in found.simulated] == [7, 7, 2, 2]


def test_a_run_saw_the_bars_of_its_symbol():
    found = evidence([run(symbol="A", bars=3), run(symbol="B", bars=3)])
    assert [found.market(g).symbol for g in found.graded] == ["A", "B"]


def test_pairs_are_baseline_and_candidate_on_the_same_symbol_and_seed_in_whatever_order_they_came():
    runs = [run(role, symbol, seed, bars=3) for role in (C, B) for symbol in ("A", SIMULATED) for seed in (0, 1)]
    found = evidence([*runs, run(C, "Z", 0, bars=3), run(B, "Y", 0, bars=3)])
    assert [keys(pair) for pair in found.pairs()] == [[(B, "A", seed), (C, "A", seed)] for seed in (0, 1)]
    assert [keys(pair) for pair in matched(found.simulated)] == [
        [(B, SIMULATED, seed), (C, SIMULATED, seed)] for seed in (0, 1)
    ]
    assert not list(matched(found.runs(C)))
