"""Where bars come from: each kind a function (asked, folder, period) -> readings. A new kind is a file and a line."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gate.adapters.market_data.period import Period
from gate.adapters.market_data.reading import Reading
from gate.adapters.market_data.sources import arch, paths, simulated, skfolio

Source = Callable[[str, Path, Period], list[Reading]]

SOURCES: Mapping[str, Source] = {
    "arch": arch.read,
    "skfolio": skfolio.read,
    "simulated": simulated.read,
}
"""The word before the colon -> what reads the rest. Without such a word it is a path."""


def read_source(asked: str, folder: Path, period: Period) -> list[Reading]:
    """Read one entry of [data] sources. Raises DataError."""
    kind, colon, rest = asked.partition(":")
    if colon and kind in SOURCES:
        return SOURCES[kind](rest, folder, period)
    return paths.read(asked, folder, period)
