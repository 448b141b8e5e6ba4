"""What a source hands back."""

from typing import NamedTuple

from gate.domain.market import Bars


class Reading(NamedTuple):
    """Clean bars, and where they come from in the user's words."""

    origin: str
    bars: Bars
