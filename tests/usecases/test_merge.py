"""Shards that are joined say what one job would have said; anything less than all of them says nothing."""

from dataclasses import replace

import pytest

from gate.domain.observation import Ending, Loading
from gate.domain.shard import Shard
from gate.domain.version import Role
from gate.errors import ExitCode, ObservationError
from gate.judging.judge import Circumstances
from gate.metrics.evidence import SIMULATED
from gate.usecases.judge import judge
from gate.usecases.merge import merged
from tests import build

SYMBOLS = ("A", "B", f"{SIMULATED}:0")


@pytest.fixture(scope="module")
def whole():
    runs = build.healthy(symbols=("A", "B"), bars=120, windows=4)
    runs = [replace(r, key=build.RunKey(role=r.key.role, symbol=renamed(r.key.symbol), seed=r.key.seed)) for r in runs]
    told = build.observations(runs, data_sha256="d", policy_sha256="p", environment={"python": "3.11", "cores": "2"})
    return replace(told, wall_seconds={"runs": 2.0}, markets={s: told.markets[s] for s in SYMBOLS})


def renamed(symbol):
    return f"{SIMULATED}:0" if symbol not in ("A", "B") else symbol


def share(whole, number, of=2, **changes):
    """What `gate observe --shard` would have left of a whole observation."""
    shard = Shard(number=number, of=of, symbols=SYMBOLS)
    kept = {
        "runs": tuple(r for r in whole.runs if r.key.symbol in shard.mine),
        "markets": {symbol: whole.markets[symbol] for symbol in shard.mine},
        "shard": shard,
    }
    timed = {} if shard.first else {"pairs": (), "repeats": ()}
    return replace(whole, **(kept | timed | changes))


@pytest.mark.parametrize("of", [1, 2, 3])
def test_joined_they_are_what_one_job_would_have_brought_home(whole, of):
    joined = merged([share(whole, number, of) for number in range(of, 0, -1)])
    assert (joined.runs, tuple(joined.markets)) == (whole.runs, SYMBOLS)
    assert (joined.pairs, joined.repeats, joined.shard) == (whole.pairs, whole.repeats, None)
    assert joined.environment == whole.environment | {"jobs": f"{of} shards"}


def test_a_machine_that_differs_is_named(whole):
    other = share(whole, 2, environment={"python": "3.11", "cores": "4"}, wall_seconds={"runs": 5.0})
    joined = merged([share(whole, 1), other])
    assert joined.environment == {"python": "3.11", "cores": "2 · 4", "jobs": "2 shards"}
    assert joined.wall_seconds == {"runs": 5.0}


def refused(shards, words):
    with pytest.raises(ObservationError, match=words) as error:
        merged(shards)
    assert error.value.exit_code == ExitCode.GATE_ERROR
    assert error.value.advice


def test_a_shard_that_did_not_arrive_is_no_pass(whole):
    refused([share(whole, 1, 3), share(whole, 3, 3)], "of 3 shards, 2 did not arrive")
    refused([share(whole, 2)], "of 2 shards, 1 did not arrive")


def test_a_shard_counts_once(whole):
    refused([share(whole, 1), share(whole, 1)], "given twice")


def test_shares_of_different_wholes_do_not_add_up(whole):
    refused([share(whole, 1, 2), share(whole, 2, 3)], "shares of different wholes")


def test_a_whole_observation_is_no_shard(whole):
    refused([whole], "not a shard")
    refused([], "shares of different wholes: of none")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data_sha256": "e"}, "another market data"),
        ({"policy_sha256": "q"}, "another policy"),
        ({"settings_json": "{}"}, "another settings"),
        ({"quick": True}, "another question"),
        ({"versions": {role: build.version(role, "other") for role in Role}}, "another versions"),
        (
            {"loading": {Role.BASELINE: Loading(ending=Ending.RAISED), Role.CANDIDATE: Loading(ending=Ending.OK)}},
            "another outcome of loading",
        ),
        ({"shard": Shard(number=2, of=2, symbols=("A", "B"))}, "another symbols"),
        ({"pairs": build.pairs()}, "has timed something"),
    ],
)
def test_shards_of_another_question_are_refused(whole, changes, words):
    refused([share(whole, 1), share(whole, 2, **changes)], words)


def test_a_run_that_is_missing_is_named(whole):
    lacking = [r for r in share(whole, 2).runs if r.key.role is Role.BASELINE]
    refused([share(whole, 1), share(whole, 2, runs=tuple(lacking))], "no run of B under the candidate")


def test_a_run_of_another_shards_symbol_is_refused(whole):
    refused([share(whole, 1), share(whole, 2, runs=whole.runs)], "not its share")


def test_a_seed_that_one_shard_left_out_is_seen(whole):
    fewer = tuple(r for r in share(whole, 2).runs if r.key.seed == 0)
    refused([share(whole, 1), share(whole, 2, runs=fewer)], "different seeds")


def test_a_candidate_that_loads_nowhere_leaves_no_runs_to_miss(whole):
    loading = {Role.BASELINE: Loading(ending=Ending.OK), Role.CANDIDATE: Loading(ending=Ending.RAISED, error="no")}
    changes = {"runs": (), "loading": loading, "pairs": (), "repeats": (), "markets": {}}
    assert merged([share(whole, 1, **changes), share(whole, 2, **changes)]).runs == ()


def test_a_single_shard_is_never_judged(whole):
    with pytest.raises(ObservationError, match="shard 1/2 of an observation"):
        judge(share(whole, 1), Circumstances())
