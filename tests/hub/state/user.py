"""People, bots and organisations."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class User:
    id: int
    login: str
    type: str = "User"
    """``User``, ``Bot`` or ``Organization``."""
