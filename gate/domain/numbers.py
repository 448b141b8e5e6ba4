"""Numbers for people, printed so that rounding never tells another story than the value.

A printed value stands on the same side of every landmark (its limit, zero, 100%) as the value itself: digits are
added until it does. The idea is coverage.py's, which never rounds to 0 or 100; the limits are ours.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import assert_never

from gate.domain.metric import Unit

ABSENT = "—"

_PRECISION = 400
"""Digits of the arithmetic: enough to scale any float exactly."""
_HUGE = Decimal("1e15")
_TINY = Decimal("1e-6")
_MOST_DIGITS = 17
"""Seventeen significant digits tell any two floats apart (IEEE 754)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How a printed number relates to the stored one; every size divides evenly in decimals (so no minutes)."""

    size: Decimal = Decimal(1)
    """Stored units in one printed unit."""
    suffix: str = ""
    places: int = 2
    landmarks: tuple[float, ...] = (0.0,)
    """Stored values that nothing else may be rounded to."""


PERCENT = Scale(size=Decimal("0.01"), suffix="%", places=1, landmarks=(0.0, 1.0))
POINTS = Scale(size=Decimal("0.01"), suffix=" pp", places=1)
RATIO = Scale(suffix="x")
_NUMBER = Scale()
_COUNT = Scale(places=0)
_BYTES = (
    Scale(suffix=" B", places=0),
    Scale(size=Decimal(2**10), suffix=" KiB", places=2),
    Scale(size=Decimal(2**20), suffix=" MiB", places=2),
    Scale(size=Decimal(2**30), suffix=" GiB", places=2),
    Scale(size=Decimal(2**40), suffix=" TiB", places=2),
)
_SECONDS = (
    Scale(size=Decimal("1e-9"), suffix=" ns", places=2),
    Scale(size=Decimal("1e-6"), suffix=" µs", places=2),
    Scale(size=Decimal("1e-3"), suffix=" ms", places=2),
    Scale(suffix=" s", places=2),
)


def show(value: float | None, unit: Unit, *, apart_from: Sequence[float | None] = ()) -> str:
    """Print a value of `unit`, on the true side of everything in `apart_from`."""
    return scaled(value, scale_of(value, unit), apart_from=apart_from)


def exactly(value: float, unit: Unit) -> str:
    """Print every digit that was written, no zero more: for limits."""
    return scaled_exactly(value, _even_scale(value, unit))


def scaled(value: float | None, scale: Scale, *, apart_from: Sequence[float | None] = ()) -> str:
    """Print a value in a given scale, on the true side of everything in `apart_from`."""
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return ("−" if value < 0 else "") + "∞" + scale.suffix
    with localcontext(prec=_PRECISION):
        exact = _decimal(value)
        marks = [_decimal(mark) for mark in (*scale.landmarks, *apart_from) if mark is not None and math.isfinite(mark)]
        number = next(
            number for number in _roundings(exact / scale.size, scale) if _agrees(number, exact, scale, marks)
        )
        return _written(number) + scale.suffix


def scaled_exactly(value: float, scale: Scale) -> str:
    """Print every digit that was written in a given scale."""
    if not math.isfinite(value):
        return scaled(value, scale)
    with localcontext(prec=_PRECISION):
        return _written((_decimal(value) / scale.size).normalize()) + scale.suffix


def scale_of(value: float | None, unit: Unit) -> Scale:
    """Choose the scale in which a value of `unit` is read most easily."""
    size = abs(float(value)) if value is not None and math.isfinite(value) else 0.0
    match unit:
        case Unit.SHARE:
            return PERCENT
        case Unit.NUMBER:
            return _NUMBER
        case Unit.COUNT:
            return _COUNT if size.is_integer() else _NUMBER
        case Unit.BYTES:
            return _largest_below(size, _BYTES)
        case Unit.BYTES_PER_CALL:
            return _a_call(_largest_below(size, _BYTES))
        case Unit.SECONDS:
            return _largest_below(size, _SECONDS, default=_SECONDS[-1])
        case _:
            assert_never(unit)


def _even_scale(value: float, unit: Unit) -> Scale:
    """Choose the scale for a limit: bytes that do not divide evenly stay bytes (16 MiB, but 5,000 B)."""
    scale = scale_of(value, unit)
    in_bytes = unit in {Unit.BYTES, Unit.BYTES_PER_CALL}
    if in_bytes and math.isfinite(value) and (value * 1000) % float(scale.size):
        return scale_of(0.0, unit)
    return scale


def _largest_below(size: float, scales: Sequence[Scale], default: Scale | None = None) -> Scale:
    fitting = [scale for scale in scales if size and scale.size <= _decimal(size)]
    return _three_digits(size, fitting[-1] if fitting else (default if default and not size else scales[0]))


def _three_digits(size: float, scale: Scale) -> Scale:
    """Print three digits of a size: 1.21 ms, 39.5 MiB, 812 ms; whole bytes have no fraction."""
    before_the_point = max((_decimal(size) / scale.size).adjusted() + 1, 1) if size else 1
    return replace(scale, places=min(scale.places, max(3 - before_the_point, 0)))


def _a_call(scale: Scale) -> Scale:
    return replace(scale, suffix=f"{scale.suffix}/call")


def _decimal(value: float) -> Decimal:
    """Return what a person wrote (0.15), not what the machine keeps (0.1499999999999999944…); the order is the same."""
    return Decimal(repr(float(value)))


def _roundings(number: Decimal, scale: Scale) -> Iterator[Decimal]:
    """Yield the number with ever more digits, last in full."""
    extreme = bool(number) and not _TINY <= abs(number) < _HUGE
    for digits in range(_MOST_DIGITS):
        yield Decimal(f"{number:.{digits + 2}e}") if extreme else round(number, scale.places + digits)
    yield number


def _agrees(number: Decimal, exact: Decimal, scale: Scale, marks: Sequence[Decimal]) -> bool:
    """Tell whether the rounded number stands where the exact value stands, before, at or behind each mark."""
    stored = number * scale.size
    return all((stored > mark) - (stored < mark) == (exact > mark) - (exact < mark) for mark in marks)


def _written(number: Decimal) -> str:
    if not number:
        return "0"
    written = f"{number:,f}" if _TINY <= abs(number) < _HUGE else f"{number:e}"
    return written.replace("-", "−", 1) if number < 0 else written.removeprefix("-")
