"""The port `MarketData`: every source of gate.toml read into one data set."""

from collections.abc import Iterable
from pathlib import Path

from gate.adapters.market_data.fingerprint import fingerprint
from gate.adapters.market_data.period import Period
from gate.adapters.market_data.reading import Reading
from gate.adapters.market_data.simulator import simulate
from gate.domain.market import Bars, DataSet
from gate.domain.settings import DataSettings
from gate.errors import DataError


class MarketDataFiles:
    """Bars that lie on disk, or are simulated. No network."""

    def load(self, settings: DataSettings, folder: Path) -> DataSet:
        """Read and check every source; paths are relative to `folder`. Raises DataError naming row and date."""
        # Here, not above: what reads files needs pyarrow, 0.15 s that a command without data should not pay.
        from gate.adapters.market_data.sources import read_source  # noqa: PLC0415

        if not settings.sources:
            raise DataError("[data] sources is empty.", 'Name at least one source, e.g. "arch:sp500" or "bars/*.csv".')
        period = Period.between(settings.start, settings.end)
        readings = [reading for asked in settings.sources for reading in read_source(asked, folder, period)]
        symbols = _by_symbol(readings)
        return DataSet(symbols=symbols, sha256=fingerprint(symbols.values()), sources=settings.sources)

    def simulate(self, bars: int, seed: int) -> Bars:
        """Return `bars` bars of the three-state simulator with their true regimes. Raises DataError."""
        return simulate(bars, seed)


def _by_symbol(readings: Iterable[Reading]) -> dict[str, Bars]:
    """Raises DataError where two readings claim the same symbol."""
    first: dict[str, Reading] = {}
    for reading in readings:
        symbol = reading.bars.symbol
        if symbol in first:
            raise DataError(
                f"{first[symbol].origin} and {reading.origin} both give the symbol {symbol}.",
                'Leave one out, narrow the glob, or name one: "OTHER=path".',
            )
        first[symbol] = reading
    return {symbol: reading.bars for symbol, reading in first.items()}
