"""What is no number is written as none."""

import math

import numpy as np
import pytest

from gate.metrics.values import median_of_seeds, real


@pytest.mark.parametrize(
    ("values", "median"),
    [([], None), ([math.nan], None), ([0.5], 0.5), ([3.0, 1.0, 2.0], 2.0), ([1.0, math.nan, 2.0, math.inf], 1.5)],
)
def test_the_median_is_that_of_the_seeds_that_gave_a_number(values, median):
    found = median_of_seeds(values)
    assert found == median
    assert type(found) in (float, type(None))


def test_only_a_number_is_real():
    assert [real(value) for value in (math.nan, math.inf, -math.inf)] == [None] * 3
    assert real(0.0) == 0.0
    assert type(real(np.float64(0.25))) is float
