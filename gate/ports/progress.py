"""Who is told that long work goes on."""

from typing import Protocol


class Progress(Protocol):
    """Shows a person that long work goes on. Silent when nobody watches."""

    def stage(self, name: str, total: int | None = None, seconds: float | None = None) -> None:
        """Begin a stage of `total` steps that takes about so many seconds (None: not known)."""

    def step(self, note: str = "") -> None:
        """One step of the stage is done."""
