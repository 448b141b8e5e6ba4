"""The SHA-256 that names exactly these bars."""

import hashlib
from collections.abc import Iterable

from gate.domain.market import COLUMNS, Bars


def fingerprint(all_bars: Iterable[Bars]) -> str:
    """Hash the parsed values, so that neither the file format nor the order of the sources matters.

    By symbol: its name and the number of bars (so that no two data sets run together into the same bytes), times as
    little-endian int64 nanoseconds, then the five columns as little-endian float64.
    """
    digest = hashlib.sha256()
    for bars in sorted(all_bars, key=lambda one: one.symbol):
        name = bars.symbol.encode()
        digest.update(len(name).to_bytes(8, "little") + name + len(bars).to_bytes(8, "little"))
        digest.update(bars.time.astype("datetime64[ns]").astype("<i8").tobytes())
        for column in COLUMNS:
            digest.update(getattr(bars, column).astype("<f8").tobytes())
    return digest.hexdigest()
