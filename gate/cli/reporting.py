"""The report's files, as `gate run` and `gate judge` lay them down."""

from gate import wiring
from gate.ports import Painters
from gate.usecases.judge import Judged, files_of

CONFIRMATION = "confirmation"
"""The folder of the second observation, beside observations/."""


def report(judged: Judged, reproduce: str, *, pictures: bool, painters: Painters | None = None) -> dict[str, bytes]:
    """Every file of the report folder, by painters that may have got ready meanwhile."""
    if not (pictures and judged.series.symbols):
        return files_of(judged, reproduce, {})
    with painters or wiring.painters() as ready:
        return files_of(judged, reproduce, ready.draw(judged.series))
