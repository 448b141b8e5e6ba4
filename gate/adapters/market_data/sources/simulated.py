"""`simulated:SEED` and `simulated:SEED:BARS`: the three-state simulator."""

from dataclasses import replace
from pathlib import Path

from gate.adapters.market_data.period import Period
from gate.adapters.market_data.reading import Reading
from gate.adapters.market_data.simulator import simulate
from gate.domain.market import Bars
from gate.errors import DataError

DEFAULT_BARS = 5000


def read(asked: str, _folder: Path, period: Period) -> list[Reading]:
    """Simulate bars, and keep those inside the period. Raises DataError."""
    seed, colon, count = asked.partition(":")
    try:
        bars = simulate(int(count) if colon else DEFAULT_BARS, int(seed))
    except ValueError:
        raise DataError(
            f'[data] sources has "simulated:{asked}", which is not simulated:SEED or simulated:SEED:BARS.',
            'Write whole numbers, e.g. "simulated:7" or "simulated:7:2000".',
        ) from None
    return [Reading(f"simulated:{asked}", _inside(bars, period, f"simulated:{asked}"))]


def _inside(bars: Bars, period: Period, origin: str) -> Bars:
    rows = period.select(bars.time.astype("int64"), origin)
    return replace(
        bars,
        time=bars.time[rows],
        open=bars.open[rows],
        high=bars.high[rows],
        low=bars.low[rows],
        close=bars.close[rows],
        volume=bars.volume[rows],
        regimes=None if bars.regimes is None else bars.regimes[rows],
    )
