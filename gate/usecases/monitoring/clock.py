"""A machine's clock that jumps must not make records look missing."""

JUMP = 30.0
"""Seconds by which the wall clock may run ahead of the monotonic one between two looks."""


class SteadyClock:
    """Compares the wall clock with the monotonic one; after a jump it is not asked until it has been steady."""

    def __init__(self) -> None:
        self._wall: float | None = None
        self._steady = 0.0
        self._trusted_from = 0.0

    def jumped(self, wall: float, steady: float, pause: float) -> float:
        """Seconds of a jump since the last look, 0 for none; after one, `pause` seconds are waited out."""
        before, self._wall = self._wall, wall
        passed, self._steady = steady - self._steady, steady
        apart = 0.0 if before is None else (wall - before) - passed
        if abs(apart) <= JUMP:
            return 0.0
        self._trusted_from = steady + pause
        return apart

    def trusted(self, steady: float) -> bool:
        """Whether it may be said by this clock that records are missing."""
        return steady >= self._trusted_from
