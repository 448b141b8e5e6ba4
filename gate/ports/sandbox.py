"""Who holds the code under test, and how well."""

from typing import Protocol

from gate.domain.sandbox import Protection


class Sandbox(Protocol):
    """What this machine offers."""

    def available(self) -> Protection:
        """Try it once; never raises."""
