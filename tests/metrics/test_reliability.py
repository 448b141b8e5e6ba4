"""What the reliability picture is drawn from."""

import numpy as np
import pytest

from gate.domain.version import Role
from gate.metrics.evidence import SIMULATED
from gate.metrics.meaning import reliability
from gate.metrics.series import reliability_of, series_of
from tests.build import BOTH, healthy, regimes, run, simulated, whole


def test_tenths_of_equal_size_from_the_least_sure_keep_every_bar():
    found = whole([*healthy(), *(simulated(role, certainty=0.9) for role in BOTH)][-2:])
    for role in Role:
        drawn = reliability_of(found, role)
        ((confidence, right),) = reliability(found, role)
        assert len(drawn.confidence) == len(drawn.right) == 10
        assert (np.diff(drawn.confidence) >= -1e-12).all()
        assert drawn.confidence.mean() == pytest.approx(confidence.mean())
        assert drawn.right.mean() == pytest.approx(right.mean())
        assert drawn.error == pytest.approx(abs(confidence.mean() - right.mean()))
        assert drawn.role is role
    shown = series_of(found).reliability
    assert [(one.role, one.error) for one in shown] == [(role, reliability_of(found, role).error) for role in Role]


def test_bars_that_are_equally_sure_stay_in_their_order():
    states = regimes(300, 5)
    states[150::3] = (states[150::3] + 1) % 3  # in the second half every third is wrong
    sure = np.where(np.arange(300) % 2, 0.9, 0.6)
    posterior = np.repeat((1 - sure)[:, None] / 2, 3, axis=1)
    posterior[np.arange(300), states] = sure
    found = whole([run(Role.BASELINE, SIMULATED, states=states, posterior=posterior)])
    ((confidence, right),) = reliability(found, Role.BASELINE)
    order = sorted(range(len(confidence)), key=lambda bar: confidence[bar])
    tenths = np.array_split(right[order].astype(float), 10)
    drawn = reliability_of(found, Role.BASELINE)
    assert len(set(drawn.right)) > 2
    assert drawn.right == pytest.approx([tenth.mean() for tenth in tenths])


def test_without_simulated_bars_there_is_nothing_to_draw():
    found = whole([one for one in healthy() if not one.key.symbol.startswith("SIMULATED")])
    assert series_of(found).reliability == ()
