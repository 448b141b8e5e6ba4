"""Bars from files, from installed packages and from the simulator: clean, or refused by name.

A source (`sources/`) finds tables, a format (`formats/`) reads one file into a table, and what follows is the same for
all: recognise the columns, read times and numbers, check, fingerprint. Nothing is dropped, filled or sorted on the way.
"""

from gate.adapters.market_data.loading import MarketDataFiles

__all__ = ["MarketDataFiles"]
