"""Small agreements on values: what is not a number is None, and seeds are told apart by their median."""

import math
from collections.abc import Sequence

import numpy as np


def real(value: float) -> float | None:
    """A finite float, or None."""
    return float(value) if math.isfinite(value) else None


def median_of_seeds(values: Sequence[float]) -> float | None:
    """Median over the seeds that gave a number; None where none did."""
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else None
