"""What a model said, cut to what can be stored and shown: one line, capped, valid Unicode."""

from typing import Any

MOST = 300
"""Characters of an error that are kept."""


def words(said: Any, most: int = MOST) -> str:
    """One line of text; what is no text has no words."""
    text = said[: 4 * most] if isinstance(said, str) else "(no words)"
    return whole(" ".join(text.split())[:most])


def whole(text: str) -> str:
    """Text without lone surrogates: JSON can carry them, UTF-8 cannot."""
    return text.encode(errors="replace").decode()
