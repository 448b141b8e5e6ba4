"""How long the models will take, as their timing tells it: said before the long part begins, and decides nothing."""

from collections.abc import Sequence
from statistics import median

from gate.domain.observation import Pair, Reading
from gate.domain.plan import RunRequest
from gate.domain.version import Role


def expected_seconds(requests: Sequence[RunRequest], pairs: Sequence[Pair], at_once: int) -> float | None:
    """Wall seconds of the requests, so many at once, by the CPU of a fit and a live call; None without any pair.

    The longest request is the least that it takes. What a run does beside its fits and live calls is not in it.
    """
    if not pairs:
        return None
    readings = {Role.BASELINE: [p.baseline for p in pairs], Role.CANDIDATE: [p.candidate for p in pairs]}
    costs = {role: (median(r.fit for r in read), median(map(a_call, read))) for role, read in readings.items()}
    each = [of_request(request, *costs[request.version.role]) for request in requests]
    return max([sum(each) / max(at_once, 1), *each]) if each else None


def a_call(reading: Reading) -> float:
    """CPU seconds of one live call."""
    return reading.predict / max(reading.calls, 1)


def of_request(request: RunRequest, fit: float, call: float) -> float:
    """A fit a window, and a live call a bar."""
    return sum(fit + call * (window.test_stop - window.train_stop) for window in request.windows)
