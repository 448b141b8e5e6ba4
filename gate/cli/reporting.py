"""The report's files, as `gate run` and `gate judge` lay them down."""

from gate.usecases.judge import Judged, files_of

CONFIRMATION = "confirmation"
"""The folder of the second observation, beside observations/."""


def report(judged: Judged, reproduce: str, *, pictures: bool) -> dict[str, bytes]:
    """Every file of the report folder; matplotlib is imported only for pictures."""
    drawn: dict[str, bytes] = {}
    if pictures and judged.series.symbols:
        from gate.report.charts import draw  # noqa: PLC0415 (half a second)

        drawn = draw(judged.series)
    return files_of(judged, reproduce, drawn)
