"""Rates of tries: how many are enough, and how sure a rate is."""

import math
from fractions import Fraction

CONFIDENCE = 0.95
_TINY = 1e-300
_TINIEST = 1e-15
"""No number of tries that could be made shows less."""


def enough(limit: float) -> int:
    """Tries without a failure that show a rate to be at most `limit` at 95%: 59 for 5%, 299 for 1%, 29 for 10%.

    The rule of three, exactly: the smallest n with (1 - limit)^n <= 0.05 (Hanley & Lippman-Hand 1983, JAMA 249). No
    number of tries shows a rate of zero, so there the literal count decides.
    """
    if not 0.0 < limit < 1.0:
        return 1
    return math.ceil(math.log(1.0 - CONFIDENCE) / math.log1p(-max(limit, _TINIEST)))


def above(count: int, n: int, limit: float) -> bool:
    """Count / n > limit, in integers: 5 of 100 is not above 0.05."""
    return count > Fraction(str(limit)) * n


def exact_interval(count: int, n: int) -> tuple[float, float]:
    """95% interval of a rate (Clopper & Pearson 1934, Biometrika 26)."""
    tail = (1.0 - CONFIDENCE) / 2
    if count == 0:
        return 0.0, -math.expm1(math.log(tail) / n)
    if count == n:
        return math.exp(math.log(tail) / n), 1.0
    return quantile(count, n - count + 1, tail), quantile(count + 1, n - count, 1.0 - tail)


def more_often(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """(count, n) twice: is the second rate higher beyond doubt, at 2.5% (Fisher 1935, exact, one-sided)?

    Without tries nothing is: the chance is 1.
    """
    (failed_before, n_before), (failed, n) = before, after
    together, everything = failed_before + failed, n_before + n
    chance = sum(
        math.exp(log_choose(n, k) + log_choose(n_before, together - k) - log_choose(everything, together))
        for k in range(failed, min(n, together) + 1)
        if together - k <= n_before
    )
    return chance < (1.0 - CONFIDENCE) / 2


def log_choose(n: int, k: int) -> float:
    """Logarithm of the binomial coefficient."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def quantile(a: int, b: int, probability: float) -> float:
    """Where the beta distribution reaches `probability`, by bisection (scipy.special takes longer to import)."""
    low, high = 0.0, 1.0
    middle = 0.5
    while low < middle < high:
        low, high = (middle, high) if incomplete_beta(a, b, middle) < probability else (low, middle)
        middle = (low + high) / 2
    return middle


def incomplete_beta(a: int, b: int, x: float) -> float:
    """I_x(a, b) by its continued fraction (https://dlmf.nist.gov/8.17.E22), which converges fast below the mean."""
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    size = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(size) / (a * continued_fraction(a, b, x))


def continued_fraction(a: int, b: int, x: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), by the modified Lentz method (Thompson & Barnett 1986, J. Comput. Phys. 64)."""
    value = above = 1.0
    below = 0.0
    for step in range(1, 10_000):
        m = step // 2
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) if m else 0.0
        term = odd if step % 2 else even
        below = 1.0 / (1.0 + term * below or _TINY)
        above = 1.0 + term / above or _TINY
        value *= above * below
        if abs(above * below - 1.0) < 1e-15:
            break
    return value
