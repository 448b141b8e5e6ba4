"""What bars must be to be used. Every fault is named by its first row; none is mended."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from gate.adapters.market_data.period import Nanoseconds
from gate.adapters.market_data.table import Rows, Table
from gate.domain.market import Floats

Faulty = Callable[[Floats], npt.NDArray[np.bool_]]

_FAULTS: Mapping[str, Faulty] = {
    "is missing": np.isnan,
    "is infinite": np.isinf,
}
_PRICE_FAULTS: Mapping[str, Faulty] = {**_FAULTS, "is not above zero": lambda values: values <= 0}
_VOLUME_FAULTS: Mapping[str, Faulty] = {**_FAULTS, "is negative": lambda values: values < 0}

_ADVICE = "Mend or remove the row in the file, or leave it out by [data] start and end."


def check_times(table: Table, times: Nanoseconds) -> None:
    """Raises DataError where a time stands twice or goes back."""
    if (np.diff(times) > 0).all():
        return
    if len(rows := _repeated(times)):
        advice = "Keep one row a time; a file of several symbols needs a column called symbol."
        raise table.fault("this time stands in an earlier row already", rows, advice, times)
    rows = np.flatnonzero(np.diff(times) < 0) + 1
    raise table.fault("this time is before the row above", rows, "Sort the file by time, oldest first.", times)


def check_values(table: Table, values: Mapping[str, Floats], times: Nanoseconds) -> None:
    """Raises DataError where a price is no positive number, a volume is negative, or high is below low."""
    for field, column in values.items():
        for words, faulty in (_VOLUME_FAULTS if field == "volume" else _PRICE_FAULTS).items():
            if (bad := faulty(column)).any():
                raise table.fault(f"{field} {words}", np.flatnonzero(bad), _ADVICE, times)
    if "high" in values and "low" in values and (bad := values["high"] < values["low"]).any():
        raise table.fault("high is below low", np.flatnonzero(bad), _ADVICE, times)


def _repeated(times: Nanoseconds) -> Rows:
    """Rows whose time stands in an earlier row, next to it or not."""
    order = np.argsort(times, kind="stable")
    return np.sort(order[1:][np.diff(times[order]) == 0])
