"""Rates of tries: how many are enough, and how sure a rate is."""

import math
from fractions import Fraction

CONFIDENCE = 0.95


def enough(limit: float) -> int:
    """Tries without a failure that show a rate to be at most `limit` at 95%: 59 for 5%, 299 for 1%, 29 for 10%.

    The rule of three, exactly: the smallest n with (1 - limit)^n <= 0.05 (Hanley & Lippman-Hand 1983, JAMA 249).
    """
    if not 0.0 < limit < 1.0:
        return 1
    return math.ceil(math.log(1.0 - CONFIDENCE) / math.log1p(-limit))


def above(count: int, n: int, limit: float) -> bool:
    """Count / n > limit, in integers: 5 of 100 is not above 0.05."""
    return count > Fraction(str(limit)) * n


def exact_interval(count: int, n: int) -> tuple[float, float]:
    """95% interval of a rate (Clopper & Pearson 1934, Biometrika 26)."""
    from scipy.special import betaincinv  # noqa: PLC0415 (only where rates are judged)

    tail = (1.0 - CONFIDENCE) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, 1.0 - tail))
    return low, high
