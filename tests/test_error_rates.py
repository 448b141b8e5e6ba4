"""What `benchmarks/error_rates` measures with: a stand-in that is the filter, defects that are where they are said."""

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM

from benchmarks.error_rates import meaning, stand_in
from benchmarks.error_rates.meaning import DEFECTS, Defect, planted
from benchmarks.error_rates.observed import disjoint_groups, shuffled_groups
from gate.adapters.market_data.simulator import MEAN, SIGMA, TRANSITION
from gate.metrics.grading import grade
from tests.build import regimes, run


def test_the_stand_in_is_the_forward_filter():
    returns, _ = stand_in.markets(2, 1, seed=3, bars=40)
    model = GaussianHMM(stand_in.STATES, "diag")
    model.startprob_, model.transmat_ = np.full(stand_in.STATES, 1 / stand_in.STATES) @ TRANSITION, TRANSITION
    model.means_, model.covars_ = MEAN[:, None], (SIGMA**2)[:, None]
    found = stand_in.forward(returns[:, 0], stand_in.leaving(np.ones(2)))
    for row, posterior in zip(returns[:, 0], found, strict=True):
        assert posterior[-1] == pytest.approx(model.predict_proba(row[:, None])[-1], abs=1e-9)


@pytest.mark.parametrize("plant", dict.fromkeys(defect.plant for defect in DEFECTS), ids=lambda plant: plant.__name__)
def test_a_defect_of_no_size_changes_nothing(plant):
    whole = run(states=regimes(200, 1), windows=4, volatility=[3.0, 1.0, 2.0])
    assert (planted(whole, Defect(words="", plant=plant, size=0), 0).state == whole.state).all()


def test_a_defect_is_planted_into_the_ranks_whatever_the_states_are_called():
    whole = run(states=regimes(200, 1), windows=4, volatility=[3.0, 1.0, 2.0])
    calm = planted(whole, Defect(words="", plant=meaning.constant, size=1.0), 0)
    assert (grade(calm).rank == 0).all()
    assert (calm.state == 1).all()


def test_no_seed_is_on_both_sides_and_disjoint_pairs_share_none():
    for groups in shuffled_groups(20, 30):
        assert len({*groups.baseline, *groups.candidate}) == 10
    seeds = [seed for groups in disjoint_groups(25) for seed in (*groups.baseline, *groups.candidate)]
    assert len(seeds) == len(set(seeds)) == 20
