"""What the regimes tell of the bars to come, and how right they are, by hand."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from gate.domain.observation import MISSING
from gate.domain.version import Role
from gate.metrics import bootstrap, meaning
from gate.metrics.evidence import SIMULATED
from tests.build import BOTH, FIRST, evidence, market, regimes, run

B, C = Role.BASELINE, Role.CANDIDATE


def restless(bars=300, seed=0, stay=0.97):
    """Prices whose volatility follows the regimes of this seed, which are given along."""
    path = regimes(FIRST + bars + 10, seed, stay=stay)
    return market(bars=bars + 10, seed=seed, states=path), path[FIRST : FIRST + bars]


def plain_share(rank, target):
    """The share of the variance that sklearn's isotonic regression on the ranks explains."""
    fitted = IsotonicRegression().fit_transform(rank, target)
    found = ((fitted - target.mean()) ** 2).sum() / ((target - target.mean()) ** 2).sum()
    return found if found > meaning.LEAST_SHARE else 0.0


def plain_eta(rank, target):
    """Between over total sum of squares, group by group."""
    middle = target.mean()
    between = sum((rank == g).sum() * (target[rank == g].mean() - middle) ** 2 for g in np.unique(rank))
    return between / ((target - middle) ** 2).sum()


# ------------------------------------------------------------------ what the state tells of the next bars


def test_volatility_that_nobody_knows_is_no_number():
    assert np.isnan(meaning.next_volatility(market(close=np.ones(5)))).all()  # four moves
    assert np.isnan(meaning.next_volatility(market(close=np.full(20, 7.0)))).all()  # prices stand
    once = meaning.next_volatility(market(close=np.array([1.0, 1.0, 1.0, 1.0, 1.0, np.e])))
    assert once[0] == pytest.approx(0.5 * np.log(1 / 5))
    assert np.isnan(once[1:]).all()


def test_what_is_told_is_the_mean_over_symbols_and_the_median_over_seeds():
    (first, good), (second, other) = restless(seed=1), restless(seed=2)
    paths = {0: (good, other), 1: (regimes(300, 8), regimes(300, 9)), 2: (good, regimes(300, 9))}
    runs = [run(C, symbol, seed, states=paths[seed][place]) for seed in paths for place, symbol in enumerate("AB")]
    found = evidence([*runs, run(B, "A", states=good)], markets={"A": first, "B": second})

    def told(symbol, states):
        target = meaning.next_volatility(found.observations.markets[symbol])[FIRST : FIRST + 300]
        return plain_share(states, target)

    known = [np.mean([told(symbol, paths[seed][place]) for place, symbol in enumerate("AB")]) for seed in paths]
    one = meaning.informativeness(found, C)
    assert (one.metric, one.role, one.n) == ("informativeness", C, 6 * 300)
    assert one.seeds == pytest.approx(tuple(known))
    assert one.value == pytest.approx(np.median(known))
    assert known[0] > 0.3 > known[1]


def test_bars_that_are_invalid_or_have_no_next_ones_tell_nothing():
    prices, path = restless(bars=60)
    states = path.copy()
    states[10:20] = MISSING
    found = evidence([run(C, states=states)], markets={"A": prices})
    target = meaning.next_volatility(prices)[FIRST : FIRST + 60]
    one = meaning.informativeness(found, C)
    assert one.n == 50
    assert one.value == pytest.approx(plain_share(states[states != MISSING], target[states != MISSING]))
    short = market(close=prices.close[: FIRST + 60 + 1])
    assert meaning.informativeness(evidence([run(C, states=path)], markets={"A": short}), C).n == 60 - 4


def test_two_bars_tell_something_and_one_tells_nothing():
    prices, _ = restless(bars=60)

    def of(states):
        return meaning.informativeness(evidence([run(C, states=states)], markets={"A": prices}), C)

    first, second = meaning.next_volatility(prices)[FIRST : FIRST + 2]
    assert of([0, 1] if second > first else [1, 0]).value == pytest.approx(1.0)
    assert of([1, 0] if second > first else [0, 1]).value == 0.0
    assert (of([0]).value, of([0]).n, of([0]).seeds) == (None, 1, ())
    (first, path), (second, _) = restless(bars=60, seed=1), restless(bars=60, seed=2)
    runs = [run(C, "A", states=path), run(C, "B", states=[0])]
    both = evidence(runs, markets={"A": first, "B": second})
    alone = evidence(runs[:1], markets={"A": first})
    assert meaning.informativeness(both, C).value == meaning.informativeness(alone, C).value


def test_the_baseline_that_tells_more_makes_the_candidate_worse_relative_to_itself():
    prices, path = restless()
    blurred = np.where(np.arange(300) % 3, path, 0)
    found = evidence([run(B, states=path), run(C, states=blurred)], markets={"A": prices})
    before, after = (meaning.informativeness(found, role).value for role in BOTH)
    worse = meaning.informativeness_difference(found)
    assert (worse.metric, worse.kind, worse.n) == ("informativeness", "relative", 1)
    assert worse.note == ""
    assert worse.change == pytest.approx((before - after) / before)
    assert worse.low < before - after < worse.high
    assert worse.low > 0.0


def test_without_both_versions_nothing_is_told_of_their_difference():
    prices, path = restless()
    for role in BOTH:
        found = meaning.informativeness_difference(evidence([run(role, states=path)], markets={"A": prices}))
        assert (found.change, found.low, found.high, found.n) == (None, None, None, 0)


def test_a_baseline_that_explains_nothing_has_nothing_to_lose():
    lost = meaning.lost(np.array([0.5, 0.5, 0.0, np.nan]), np.array([0.25, 0.75, 0.5, 0.5]))
    assert lost == pytest.approx([0.5, -0.5, np.nan, np.nan], nan_ok=True)


def test_where_no_state_can_be_looked_at_it_is_said():
    prices, path = restless()
    found = evidence([run(B, states=path), run(C, states=np.full(len(path), MISSING))], markets={"A": prices})
    assert meaning.informativeness(found, B).note == ""
    nothing = meaning.informativeness(found, C)
    assert (nothing.value, nothing.note) == (None, "no valid state on a bar after which prices move")


def losses_by_hand(*symbols):
    """The loss in each resample, one at a time, of (prices, ours, theirs): bars that one lacks belong to neither."""
    targets = [meaning.next_volatility(prices)[FIRST : FIRST + len(ours)] for prices, ours, _ in symbols]
    known = [
        (ours != MISSING) & (theirs != MISSING) & np.isfinite(target)
        for target, (_, ours, theirs) in zip(targets, symbols, strict=True)
    ]
    axis = np.flatnonzero(np.any(known, axis=0))
    drawn = bootstrap.draw(len(axis), bootstrap.block_of(len(axis), paired=True), meaning.SEED)

    def share(side, row):
        held = [row[looked[row]] for looked in known]
        return np.mean([plain_share(s[side][at], t[at]) for s, t, at in zip(symbols, targets, held, strict=True)])

    rows = axis[drawn.bars(0, bootstrap.RESAMPLES)]
    before, after = (np.array([share(side, row) for row in rows]) for side in (1, 2))
    return np.where(before > 0.0, 1.0 - after / np.where(before > 0.0, before, 1.0), np.nan)


def test_the_difference_is_resampled_on_the_bars_that_both_predicted():
    (first, path), (second, other) = restless(bars=80, seed=1, stay=0.8), restless(bars=80, seed=2, stay=0.8)
    ours, theirs = path.copy(), np.where(np.arange(80) % 3, path, 0)
    ours[20:24], theirs[40:50] = MISSING, MISSING
    runs = [run(B, "A", states=ours), run(C, "A", states=theirs)]
    runs += [run(B, "B", states=other), run(C, "B", states=np.roll(other, 7))]
    found = evidence(runs, markets={"A": first, "B": second})
    (losses,) = meaning.relative_losses(found)
    assert losses.drawn == pytest.approx(
        losses_by_hand((first, ours, theirs), (second, other, np.roll(other, 7))), abs=1e-9, nan_ok=True
    )
    worse = meaning.informativeness_difference(found)
    before = meaning.informativeness(found, B).value
    assert (worse.low, worse.high) == pytest.approx(bootstrap.interval(before * losses.drawn))


def test_a_candidate_that_began_later_is_compared_on_the_bars_it_has():
    prices, path = restless(bars=80, seed=1, stay=0.8)
    theirs = np.where(np.arange(80) % 3, path, 0)
    late = run(C, states=theirs[3:], bar=np.arange(FIRST + 3, FIRST + 80, dtype=np.int32))
    (losses,) = meaning.relative_losses(evidence([run(B, states=path), late], markets={"A": prices}))
    theirs[:3] = MISSING
    assert losses.drawn == pytest.approx(losses_by_hand((prices, path, theirs)), abs=1e-9, nan_ok=True)


def test_each_seed_has_its_losses_and_all_of_them_meet_the_same_draws():
    prices, path = restless(bars=80, stay=0.8)
    other = np.roll(path, 5)
    runs = [run(B, seed=seed, states=path) for seed in (3, 4, 5)]
    runs += [run(C, seed=3, states=other), run(C, seed=4, states=other), run(C, seed=5, states=path)]
    found = evidence(runs, markets={"A": prices})
    third, fourth, fifth = meaning.relative_losses(found)
    assert third.drawn == pytest.approx(fourth.drawn)
    assert np.abs(third.drawn).max() > 0.01
    assert fifth.drawn == pytest.approx(np.zeros(bootstrap.RESAMPLES))
    after = evidence([run(C, states=other), run(B, states=path)], markets={"A": prices})
    assert [third.value, fifth.value] == pytest.approx([meaning.informativeness_difference(after).change, 0.0])


def test_the_luck_of_the_seeds_widens_what_is_known_of_a_loss():
    prices, path = restless(bars=600, stay=0.9)
    other = np.where(np.arange(600) % 4, path, 0)
    paths = {B: (path, path, path), C: (path, np.roll(path, 9), other)}
    found = evidence(
        [run(role, seed=s, states=paths[role][s]) for role in BOTH for s in range(3)], markets={"A": prices}
    )
    losses = meaning.relative_losses(found)
    drawn, before = [one.drawn for one in losses], meaning.informativeness(found, B).value
    luck = bootstrap.luck_of([one.value for one in losses], bootstrap.scatter_of_bars(drawn))
    known = bootstrap.interval(np.median(drawn, axis=0), luck=[luck])
    told = meaning.informativeness_difference(found)
    assert (told.low, told.high) == pytest.approx((before * known[0], before * known[1]))
    alone = bootstrap.interval(np.median(drawn, axis=0))
    assert known[1] - known[0] > 1.5 * (alone[1] - alone[0])


@pytest.mark.parametrize(("bars", "resampled"), [(29, False), (30, True)])
def test_fewer_than_thirty_bars_are_not_resampled_and_take_no_other_symbol_away(bars, resampled):
    (first, path), (second, other) = restless(bars=60, seed=1, stay=0.8), restless(bars=60, seed=2, stay=0.8)
    seldom = np.where(np.isin(np.arange(60), 2 * np.arange(bars)), path, MISSING)
    paths = {"A": (seldom, np.roll(path, 5)), "B": (other, np.roll(other, 5))}
    runs = [run(role, name, states=paths[name][side]) for name in "AB" for side, role in enumerate(BOTH)]
    (losses,) = meaning.relative_losses(evidence(runs, markets={"A": first, "B": second}))
    known = [(first, *paths["A"]), (second, *paths["B"])]
    assert losses.drawn == pytest.approx(
        losses_by_hand(*known[0 if resampled else 1 :]), rel=1e-6, abs=1e-9, nan_ok=True
    )


def test_only_bars_valid_in_both_runs_are_the_same_bars():
    ours = evidence([run(B, states=[0, MISSING, 2, 0, 1]), run(C, states=[MISSING, 1, 2])])
    was, now = meaning.same_bars(*next(ours.pairs()))
    assert (was.tolist(), now.tolist()) == ([2], [2])
    later = run(C, states=[0, 1, 2], bar=np.arange(FIRST + 2, FIRST + 5, dtype=np.int32))
    was, now = meaning.same_bars(*next(evidence([run(B, states=[0, 1, 2, 0, 1]), later]).pairs()))
    assert (was.tolist(), now.tolist()) == ([2, 3, 4], [0, 1, 2])


def test_bars_are_looked_at_where_they_lie_and_the_target_is_known():
    prices, _ = restless(bars=20)
    close = prices.close.copy()
    close[FIRST + 3 : FIRST + 9] = close[FIRST + 3]  # five moves of nothing: the next volatility of one bar
    later = run(C, seed=7, states=[0, 1, 2], bar=np.arange(FIRST + 2, FIRST + 5, dtype=np.int32))
    stands = market(close=close)
    found = evidence([run(B, seed=7, states=[0, 1, 2, 0, 1]), later], markets={"A": stands})
    before, after = next(found.pairs())
    look = meaning.Look.of(found, (before, after))
    assert look.seed == 7
    assert look.time.tolist() == stands.time[[FIRST + 2, FIRST + 4]].tolist()
    assert look.target == pytest.approx(meaning.next_volatility(stands)[[FIRST + 2, FIRST + 4]])
    assert look.ranks[0].tolist() == before.rank[[2, 4]].tolist()
    assert look.ranks[1].tolist() == after.rank[[0, 2]].tolist()


def test_a_share_is_a_share_whatever_the_rounding_and_wherever_the_target_lies():
    for seed in range(40):
        target = np.random.default_rng(seed).normal(size=50)
        nothing = meaning.explained(np.zeros(50, dtype=np.int32), target)
        everything = meaning.explained(target.argsort().argsort().astype(np.int32), target)
        assert nothing == 0.0
        assert 1.0 - 1e-12 < everything <= 1.0
    rank = (target > 0).astype(np.int32)
    assert meaning.explained(1 - rank, target) == meaning.explained(1 - rank, target + 1e6) == 0.0
    assert meaning.explained(rank, target + 1e6) == pytest.approx(meaning.explained(rank, target), rel=1e-6)


def test_a_target_that_never_varies_has_no_share_whatever_rounding_leaves_between_the_groups():
    assert np.isnan(meaning.explained(np.array([0, 1, 1], dtype=np.int32), np.full(3, 7.0)))
    rounded = np.array([[3.0, 2.0, 0.0, 1e-9, 0.0]])  # bars and target of all and of the second group, and the squares
    assert np.isnan(meaning.share_explained(rounded)).all()


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_the_higher_state_must_tell_of_the_more_volatile_bars(seed, states):
    random = np.random.default_rng(seed)
    rank, tilt = random.integers(0, states, size=80), random.normal(size=states)
    target = tilt[rank] + random.normal(size=80)
    share = meaning.explained(rank.astype(np.int32), target)
    assert share == pytest.approx(plain_share(rank, target), abs=1e-9)
    assert share <= plain_eta(rank, target) + 1e-9
    means = [target[rank == k].mean() for k in np.unique(rank)]
    if means == sorted(means):
        assert share == pytest.approx(plain_eta(rank, target), abs=1e-9)
    if means == sorted(means, reverse=True):
        assert share == 0.0


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_the_means_that_never_fall_are_those_of_isotonic_regression_whichever_groups_have_no_bars(seed, states):
    random = np.random.default_rng(seed)
    inside = random.integers(0, 4, size=(5, states)).astype(float)
    means = random.normal(size=(5, states))
    fitted = meaning.rising(inside, inside * means)
    for held, mean, found in zip(inside, means, fitted, strict=True):
        met = held > 0
        if met.any():
            known = IsotonicRegression().fit_transform(np.flatnonzero(met), mean[met], sample_weight=held[met])
            assert found[met] == pytest.approx(known)


def test_calm_called_volatile_and_volatile_calm_tells_nothing():
    prices, path = restless()
    found = evidence([run(B, states=path), run(C, states=path.max() - path)], markets={"A": prices})
    assert meaning.informativeness(found, C).value == 0.0
    worse = meaning.informativeness_difference(found)
    assert worse.change == 1.0
    assert worse.low > 0.0


# ------------------------------------------------------------------ as right as it is sure


def known(rank_to_truth, states, posterior=None, role=C, **changes):
    """A simulated run, the true state of whose bars is given."""
    truth = np.concatenate([np.zeros(FIRST), rank_to_truth, np.zeros(5)]).astype(np.int32)
    one = run(role, SIMULATED, states=states, posterior="sure" if posterior is None else posterior, **changes)
    return one, {SIMULATED: market(SIMULATED, bars=len(rank_to_truth) + 5, true_regimes=truth)}


def test_a_state_is_right_where_it_is_the_true_one_that_it_meets_most():
    rank, truth = np.array([0, 0, 0, 2, 2, 1]), np.array([1, 1, 0, 0, 2, 2])
    # 0 means 1; 2 meets 0 and 2 once each, and the lower counts; 1 means 2
    assert meaning.met_most(rank, truth).tolist() == [True, True, False, True, False, True]


def test_the_log_score_is_that_of_being_right_at_the_confidence_given():
    found = meaning.log_scores(np.array([0.9, 0.9, 0.5, 1.0, 1.0, 0.0]), np.array([1, 0, 1, 1, 0, 1], dtype=bool))
    assert found[:3] == pytest.approx([-np.log(0.9), -np.log(0.1), np.log(2)])
    assert found[3:] == pytest.approx([1e-6, -np.log(1e-6), -np.log(1e-6)], rel=1e-5)


def test_calibration_by_hand():
    sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6], [0.9, 0.1]])
    one, markets = known([1, 0, 1, 1, 1], [0, 1, 0, 1, MISSING], sure, labels=("0", "1"))
    found = meaning.calibration(evidence([one], markets=markets), C)
    # state 0 is the true 1, twice right; state 1 meets 0 and 1 once each and counts as 0: right, then wrong
    scores = [-np.log(0.9), -np.log(0.8), -np.log(0.7), -np.log(0.4)]
    assert (found.metric, found.role, found.n) == ("calibration", C, 4)
    assert found.value == pytest.approx(np.mean(scores))
    gaps = 0.1 + 0.2 + 0.3 + 0.6  # four bins of one bar
    assert found.note == f"expected calibration error {gaps / 4:.1%}"


def surer(draws):
    """Both versions on as many draws, right on three to five of five bars; the candidate is surer of itself."""
    truth, runs, wrong = np.arange(300) // 10 % 3, [], []
    for draw in range(draws):
        slips = np.arange(300) % 5 < draw % 3
        said = np.where(slips, (truth + 1) % 3, truth)
        wrong.append(slips.mean())
        runs += [known(truth, said, role=r, seed=draw, certainty=sure)[0] for r, sure in zip(BOTH, SURE, strict=True)]
    return evidence(runs, markets=known(truth, truth)[1]), np.array(wrong)


SURE = (0.8, 0.99)


def test_a_candidate_that_is_surer_than_it_is_right_is_worse_by_the_log_score():
    found, wrong = surer(6)
    scores = [-(1 - wrong) * np.log(sure) - wrong * np.log(1 - sure) for sure in SURE]
    measured = [meaning.calibration(found, role) for role in BOTH]
    assert [one.value for one in measured] == pytest.approx([np.median(each) for each in scores])
    assert [one.n for one in measured] == [1800, 1800]
    for one, each in zip(measured, scores, strict=True):
        assert (one.low, one.high) == pytest.approx((each.min(), each.max()))
    worse = meaning.calibration_difference(found)
    assert (worse.metric, worse.kind, worse.n) == ("calibration", "difference", 6)
    assert worse.change == pytest.approx(np.median(scores[1] - scores[0]))
    assert (worse.low, worse.high) == pytest.approx(((scores[1] - scores[0]).min(), (scores[1] - scores[0]).max()))


@pytest.mark.parametrize("draws", [1, 5])
def test_too_few_draws_tell_nothing_of_how_far_draws_lie_apart(draws):
    found, _ = surer(draws)
    one, worse = meaning.calibration(found, C), meaning.calibration_difference(found)
    assert (one.low, one.high, worse.low, worse.high) == (None, None, None, None)
    assert worse.change > 0.0 or worse.change < 0.0


def test_a_draw_on_which_one_version_gave_no_confidence_is_no_pair():
    found, _ = surer(3)
    mute = [g.run for g in found.simulated if (g.run.key.role, g.run.key.seed) != (C, 1)]
    lacking = evidence(mute, markets=found.observations.markets)
    assert meaning.calibration_difference(lacking).n == 2
    nothing = meaning.calibration_difference(evidence([]))
    assert (nothing.change, nothing.low, nothing.high, nothing.n) == (None, None, None, 0)
    assert meaning.calibration(evidence([]), C).value is None


def test_the_errors_of_several_simulated_runs_are_averaged_each_role_for_itself():
    truth = np.array([0, 1, 0, 1])
    runs = [known(truth, [0, 1, 0, 1], role=C, seed=seed, certainty=sure)[0] for seed, sure in ((0, 0.9), (1, 0.7))]
    markets = known(truth, [0])[1]
    ours, _ = known(truth, [0, 1, 0, 1], role=B, certainty=0.6)
    found = evidence([*runs, ours], markets=markets)
    assert meaning.calibration(found, C).note == "expected calibration error 20.0%"
    assert meaning.calibration(found, B).note == "expected calibration error 40.0%"


def test_without_confidences_or_true_states_nothing_is_known_to_be_right():
    one, markets = known([0, 1, 0], [0, 1, 0], np.zeros((3, 0)))
    assert (meaning.calibration(evidence([one], markets=markets), C).value) is None
    (graded,) = evidence([one], markets=markets).simulated
    for truth in (None, markets[SIMULATED].regimes):
        usable, right = meaning.known_right(graded, truth)
        assert (usable.tolist(), right.tolist()) == ([False] * 3, [])
        assert usable.dtype == right.dtype == bool
    silent = meaning.calibration(evidence([run(C, SIMULATED, bars=9)]), C)
    assert (silent.value, silent.n, silent.note, silent.low, silent.high) == (None, 0, "", None, None)


def test_the_bins_of_the_calibration_error_are_tenths():
    edges = np.array([0.05, 0.15, 0.19, 0.999, 1.0])
    right = np.array([False, True, False, True, True])
    gaps = abs(0 - 0.05) + abs(1 - 0.34) + abs(2 - 1.999)
    assert meaning.calibration_error(edges, right) == pytest.approx(gaps / 5)
    apart = meaning.calibration_error(np.array([0.85, 0.95]), np.array([True, False]))
    assert apart == pytest.approx((0.15 + 0.95) / 2)
    together = meaning.calibration_error(np.array([0.95, 1.0, 1.0 + 1e-7]), np.array([True, False, False]))
    assert together == pytest.approx(1.95 / 3)


# ------------------------------------------------------------------ agreement


def test_agreement_is_over_all_pairs_of_runs_and_belongs_to_the_candidate():
    runs = [run(B, "A", states=[0, 0, 1, 2]), run(C, "A", states=[1, 1, 0, 0])]  # 0 is 1, and 1 or 2 is 0
    runs += [run(B, "B", states=[0, 1]), run(C, "B", states=[0, 1])]
    found = evidence(runs)
    one = meaning.agreement(found, C)
    assert (one.metric, one.role, one.n) == ("agreement", C, 6)
    assert one.value == pytest.approx(5 / 6)
    other = meaning.agreement(found, B)
    assert (other.role, other.value, other.n) == (B, None, 0)


def test_the_rand_index_is_the_median_over_pairs_and_belongs_to_the_candidate():
    pairs = [([0, 0, 1, 1], [0, 0, 1, 1]), ([0, 0, 1, 1], [0, 1, 0, 1]), ([0, 0, 1, 1], [0, 0, 0, 1])]
    runs = [
        run(role, symbol, states=states)
        for symbol, pair in zip("ABC", pairs, strict=True)
        for role, states in zip(BOTH, pair, strict=True)
    ]
    found = evidence(runs)
    values = [meaning.rand_index(table) for table in meaning.contingencies(found)]
    one = meaning.adjusted_rand_index(found, C)
    assert (one.metric, one.role, one.n) == ("adjusted_rand_index", C, 3)
    assert one.value == pytest.approx(np.median(values))
    assert values[0] == 1.0
    assert meaning.adjusted_rand_index(found, B).value is None
    assert meaning.adjusted_rand_index(found, B).n == 0


def test_a_contingency_counts_the_ranks_that_met_on_bars_valid_in_both():
    found = evidence([run(B, states=[0, 0, 1, MISSING, 2]), run(C, states=[1, 1, 0, 0, MISSING])])
    (table,) = meaning.contingencies(found)
    assert table.tolist() == [[0, 2, 0], [1, 0, 0], [0, 0, 0]]


def test_runs_without_a_bar_meet_nowhere():
    for ours, theirs in (([], [0, 1]), ([0, 1], []), ([], [])):
        runs = [run(role, states=s, windows=min(len(s), 1)) for role, s in zip(BOTH, (ours, theirs), strict=True)]
        (table,) = meaning.contingencies(evidence(runs))
        assert table.sum() == 0


@pytest.mark.parametrize("states", [4, 5, 6])
def test_states_are_matched_one_to_one_as_well_as_can_be(states):
    table = np.random.default_rng(states).integers(0, 50, size=(states, states))
    rows = range(states)
    best = max(sum(table[row, column] for row, column in enumerate(columns)) for columns in permutations(rows))
    assert meaning.best_match(table) == best


def test_the_rand_index_by_hand():
    table = np.array([[3, 0], [1, 1]])  # 3 of 10 pairs are together in both; 4 of the rows, 6 of the columns
    assert meaning.rand_index(table) == pytest.approx((3 - 2.4) / (5 - 2.4))
    assert meaning.rand_index(table.T) == meaning.rand_index(table)


def test_pairs_are_counted_within_groups_and_one_bar_alone_has_no_rand_index():
    assert meaning.pairs_in(np.array([3, 2, 1, 0])) == 4.0
    assert np.isnan(meaning.rand_index(np.array([[1, 0], [0, 0]])))
