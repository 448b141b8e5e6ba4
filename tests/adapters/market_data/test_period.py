import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.market_data.period import Period, show_time
from gate.errors import DataError

HOURS = "date,close\n2020-01-01 12:00,1\n2020-01-02 00:00,2\n2020-01-02 23:59:59.5,3\n2020-01-03 00:00,4\n"


@pytest.mark.parametrize(
    ("period", "closes"),
    [
        ({}, [1, 2, 3, 4]),
        ({"start": "2020-01-02"}, [2, 3, 4]),
        ({"end": "2020-01-02"}, [1, 2, 3]),
        ({"start": "2020-01-02", "end": "2020-01-02"}, [2, 3]),
        ({"start": "2020-01-01T12:00", "end": "2020-01-02T00:00:00Z"}, [1, 2]),
        ({"start": "2020-01-02T01:00+01:00"}, [2, 3, 4]),
        ({"start": "0001-01-01", "end": "9999-12-31"}, [1, 2, 3, 4]),
    ],
)
def test_start_and_end_are_inclusive_and_an_end_is_its_whole_day(load, write, period, closes):
    write("A.csv", HOURS)
    assert load("A.csv", **period).symbols["A"].close.tolist() == closes


def test_nothing_left_says_what_there_is(load, write):
    write("A.csv", HOURS)
    with pytest.raises(
        DataError, match="no bars from 2030-01-01; there are bars from 2020-01-01 12:00:00 to 2020-01-0"
    ):
        load("A.csv", start="2030-01-01")


@pytest.mark.parametrize("text", ["", "soon", "01/02/2020", "2020-13-01", "2020-02-30"])
@pytest.mark.parametrize("key", ["start", "end"])
def test_a_date_that_is_none_is_named(load, key, text):
    with pytest.raises(DataError, match=rf'{key} = "{text}" is not an ISO 8601 date'):
        load("arch:sp500", **{key: text})


def test_a_start_after_the_end_is_refused():
    with pytest.raises(DataError, match="after"):
        Period.between("2020-01-02", "2020-01-01")


def test_a_dirty_past_may_be_cut_off_but_never_silently(load, write):
    write("A.csv", "date,open,close\n1961-01-01,0,1\n1961-01-02,n.a.,1\n1962-01-01,1,1\n")
    assert load("A.csv", start="1962-01-01").bars == 1
    with pytest.raises(DataError, match="line 3"):
        load("A.csv")


@given(st.integers(-(2**62), 2**62))
def test_a_shown_time_reads_back_as_itself(nanoseconds):
    assert np.datetime64(show_time(nanoseconds).replace(" ", "T"), "ns").astype("int64") == nanoseconds
