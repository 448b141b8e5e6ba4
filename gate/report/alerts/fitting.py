"""Texts that fit: cut where a service would refuse or cut them itself, and said to be cut."""

from collections.abc import Callable


def units(text: str) -> int:
    """UTF-16 code units, the largest of the counts that services use."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(text: str, cap: int, escaped: Callable[[str], str] = str) -> str:
    """The text, escaped, in at most `cap` units; what is left out is counted at its end."""
    whole = escaped(text)
    if units(whole) <= cap:
        return whole
    low, high = 0, min(len(text), cap)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if units(_cut(text, middle, escaped)) <= cap else (low, middle - 1)
    while low > 0 and units(_cut(text, low, escaped)) > cap:  # an escape may lean on what stands beside it
        low -= 1
    return _cut(text, low, escaped)


def _cut(text: str, kept: int, escaped: Callable[[str], str]) -> str:
    return f"{escaped(text[:kept].rstrip())}… ({len(text) - kept:,} more characters)"
