import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.metric import Unit
from gate.domain.numbers import PERCENT, RATIO, exactly, scaled, scaled_exactly, show

FINITE = st.floats(allow_nan=False, allow_infinity=False)
MIB = 2**20


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0.0833, Unit.SHARE, "8.3%"),
        (0.0, Unit.SHARE, "0%"),
        (0.00004, Unit.SHARE, "0.004%"),
        (1.0, Unit.SHARE, "100.0%"),
        (0.99999, Unit.SHARE, "99.999%"),
        (0.714, Unit.NUMBER, "0.71"),
        (-0.714, Unit.NUMBER, "−0.71"),
        (1e-30, Unit.NUMBER, "1.00e-30"),
        (39.5 * MIB, Unit.BYTES, "39.5 MiB"),
        (12.0, Unit.BYTES, "12 B"),
        (50_000.0, Unit.BYTES_PER_CALL, "48.8 KiB/call"),
        (0.00121, Unit.SECONDS, "1.21 ms"),
        (0.812, Unit.SECONDS, "812 ms"),
        (98.81, Unit.SECONDS, "98.8 s"),
        (600.0, Unit.SECONDS, "600 s"),
        (5040.0, Unit.COUNT, "5,040"),
        (2.5, Unit.COUNT, "2.50"),
        (math.inf, Unit.SHARE, "∞%"),
        (math.nan, Unit.SHARE, "—"),
        (None, Unit.SHARE, "—"),
    ],
)
def test_values_are_printed_as_they_are_read_most_easily(value, unit, printed):
    assert show(value, unit) == printed


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0.15, Unit.SHARE, "15%"),
        (0.125, Unit.SHARE, "12.5%"),
        (16 * MIB, Unit.BYTES, "16 MiB"),
        (5000.0, Unit.BYTES, "5,000 B"),
        (4096.0, Unit.BYTES_PER_CALL, "4 KiB/call"),
        (0.0, Unit.COUNT, "0"),
    ],
)
def test_limits_are_printed_to_the_last_digit_that_was_written(value, unit, printed):
    assert exactly(value, unit) == printed


def test_a_breach_by_a_hair_is_never_rounded_onto_its_limit():
    assert show(0.15000001, Unit.SHARE, apart_from=[0.15]) == "15.000001%"
    assert show(0.89999, Unit.SHARE, apart_from=[0.9]) == "89.999%"
    assert scaled(2.0000001, RATIO, apart_from=[2.0]) == "2.0000001x"


def test_a_value_at_its_limit_is_printed_as_the_limit():
    assert show(0.15, Unit.SHARE, apart_from=[0.15]) == "15.0%"
    assert show(0.1547, Unit.SHARE, apart_from=[0.1547]) == "15.47%"


def test_a_value_inside_its_limit_is_not_rounded_beyond_it():
    assert show(0.1546, Unit.SHARE, apart_from=[0.1547]) == "15.46%"


def read(printed, suffix):
    return Decimal(printed.removesuffix(suffix).replace(",", "").replace("−", "-"))


def side(value, mark):
    return (value > mark) - (value < mark)


@given(FINITE, FINITE)
def test_the_printed_number_is_on_the_true_side_of_its_limit(value, limit):
    printed = read(scaled(value, RATIO, apart_from=[limit]), "x")
    assert side(printed, Decimal(repr(limit))) == side(value, limit)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_share_and_its_limit_differ_in_print_if_they_differ(value, limit):
    printed, allowed = (
        read(scaled(value, PERCENT, apart_from=[limit]), "%"),
        read(scaled_exactly(limit, PERCENT), "%"),
    )
    assert side(printed, allowed) == side(value, limit)


@given(st.floats(0.0, 1.0))
def test_only_nothing_is_printed_as_nothing_and_only_all_as_all(value):
    printed = read(show(value, Unit.SHARE), "%")
    assert (printed == 0) == (value == 0)
    assert (printed == 100) == (value == 1)


@given(st.one_of(st.none(), st.floats(), st.integers(-(10**20), 10**20)), st.sampled_from(Unit), st.lists(st.floats()))
def test_every_number_of_every_unit_can_be_printed_in_a_cell(value, unit, marks):
    printed = show(value, unit, apart_from=marks)
    assert printed.strip() == printed
    assert len(printed) < 80


@given(st.floats(), st.sampled_from(Unit))
def test_every_limit_can_be_printed_in_a_cell(value, unit):
    assert 0 < len(exactly(value, unit)) < 80
