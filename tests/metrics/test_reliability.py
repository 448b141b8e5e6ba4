"""What the reliability picture is drawn from."""

import numpy as np
import pytest

from gate.domain.version import Role
from gate.metrics.meaning import reliability
from gate.metrics.series import reliability_of, series_of
from tests.build import BOTH, healthy, simulated, whole


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


def test_without_simulated_bars_there_is_nothing_to_draw():
    found = whole([run for run in healthy() if not run.key.symbol.startswith("SIMULATED")])
    assert series_of(found).reliability == ()
