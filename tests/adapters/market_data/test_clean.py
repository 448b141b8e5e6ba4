"""Dirty data is refused by name: file, row, date, how many, and what to do."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.market_data import MarketDataFiles
from gate.domain.settings import DataSettings
from gate.errors import DataError, ExitCode

FIELDS = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]
ROWS = 6


def good():
    frame = pd.DataFrame(5.0, index=range(ROWS), columns=FIELDS).astype(object)
    frame.insert(0, "Date", pd.date_range("2020-01-30", periods=ROWS).strftime("%Y-%m-%d"))
    return frame


@settings(max_examples=120, deadline=None)
@given(
    row=st.integers(0, ROWS - 1),
    field=st.sampled_from(FIELDS),
    cell=st.sampled_from(["", "nan", "NULL", "inf", "-inf", "-1", "abc", "1,5", "1.2.3", "1_0", "5 €", "1,234.5"]),
    suffix=st.sampled_from(["csv", "parquet"]),
)
def test_any_one_corrupted_cell_is_found_and_named(row, field, cell, suffix):
    frame = good()
    frame.loc[row, field] = cell
    frame = frame.astype(str)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"A.{suffix}"
        frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
        with pytest.raises(DataError) as raised:
            MarketDataFiles().load(DataSettings(sources=(path.name,)), Path(folder))
    place = f"line {row + 2}" if suffix == "csv" else f"row {row + 1}"
    day = frame.loc[row, "Date"]
    name = "adjusted" if field == "Adj Close" else field.lower()
    assert raised.value.message.startswith(f"A.{suffix}, {place} ({day}): {name} is ")
    assert raised.value.message.endswith("; 1 such row in all.")
    assert raised.value.advice
    assert raised.value.exit_code is ExitCode.BROKEN_QUESTION


def refused(load, write, text, **period):
    write("A.csv", text)
    with pytest.raises(DataError) as raised:
        load("A.csv", **period)
    assert "\n" not in raised.value.message
    return raised.value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "date,close\n2020-01-01,1\n2020-01-02,2\n2020-01-01,3\n2020-01-02,3\n",
            "line 4 (2020-01-01): this time stands in an earlier row already; 2 such rows in all.",
        ),
        (
            "date,close\n2020-01-03,1\n2020-01-02,2\n2020-01-04,3\n",
            "line 3 (2020-01-02): this time is before the row above; 1 such row in all.",
        ),
        (
            "date,close\n2020-01-01,1\n\n2020-01-02,\n2020-01-03,\n",
            "line 4 (2020-01-02): close is missing; 2 such rows in all.",
        ),
        ("date,close\n2020-01-01,0\n", "line 2 (2020-01-01): close is not above zero; 1 such row in all."),
        (
            "date,high,low,close\n2020-01-01,2,1,2\n2020-01-02,1,2,2\n",
            "line 3 (2020-01-02): high is below low; 1 such row in all.",
        ),
        ("date,close\n2020-01-01,1\n,2\n", "line 3: time is missing; 1 such row in all."),
        (
            "date,close\n2020-01-01,1\nyesterday,2\n",
            "line 3: time is 'yesterday', which cannot be read like the rest; 1 such row in all.",
        ),
        ("date,close\n2020-02-30,1\n", "line 2: time is '2020-02-30', which cannot be read like the rest; 1 such row"),
        ("date,close\n1577836800,1\n99999999999999999999,1\n", "line 3: time is '99999999999999999999', which"),
        ("date,close\n0,1\n1,1\n", "line 2: time is '0', which cannot be read"),
        (
            "date,close\n2020-01-01,1\n2020-01-02,2,3\n",
            "line 3 (2020-01-02): 3 cells where the names are 2; 1 such row",
        ),
        ("date,close\n2020-01-01,1,5\n", "line 2 (2020-01-01): 3 cells where the names are 2; 1 such row"),
        ('date,close\n"2020-01-01\n",1\n2020-01-02,x\n', "line 4 (2020-01-02): close is 'x', not a number"),
        ("date;close\n2020-01-01;1,5\n", "line 2 (2020-01-01): close is '1,5', with a decimal comma"),
        ("date,symbol,close\n2020-01-01,X,1\n2020-01-01,,1\n", "line 3: symbol is missing; 1 such row in all."),
    ],
)
def test_a_fault_is_named_as_a_person_finds_it(load, write, text, message):
    error = refused(load, write, text)
    assert error.message.startswith(f"A.csv, {message}")
    assert error.advice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A.csv: the file is empty."),
        (" \n\n", "A.csv: the file is empty."),
        ("date,close\n", "A.csv: has no rows."),
        ("date,price in euro\n2020-01-01,1\n", "no column of close found; columns: 'date', 'price in euro'."),
        ("day,close\n2020-01-01,1\n", "no column of time found; columns: 'day', 'close'."),
        ("date,close,Close\n2020-01-01,1,2\n", "two columns mean the same: close and Close."),
        ("date,open,adj close\n2020-01-01,1,2\n", "no close to adjust them by"),
        ("date,close\n03/04/2020,1\n04/04/2020,2\n", "the dates in 'date' are ambiguous: '03/04/2020' may be"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(load, write, text, message):
    error = refused(load, write, text)
    assert message in error.message
    assert error.advice


def test_rows_of_one_symbol_are_named_by_their_place_in_the_whole_file(load, write):
    text = "date,symbol,close\n2020-01-01,A,1\n2020-01-01,B,1\n2020-01-02,A,1\n2020-01-02,B,-1\n"
    assert refused(load, write, text).message.startswith("A.csv, line 5 (2020-01-02)")
    assert refused(load, write, text, start="2020-01-02").message.startswith("A.csv, line 5 (2020-01-02)")


@pytest.mark.parametrize("name", ["A.parquet", "A.feather", "A.json", "A.csv.gz", "A.json.gz"])
def test_a_file_that_is_not_what_its_name_says_is_an_error(load, tmp_path, name):
    (tmp_path / name).write_bytes(b"\x00\x01 this is nothing")
    with pytest.raises(DataError, match=f"{name}: not a"):
        load(name)


@pytest.mark.parametrize("content", ["date,close\n2020-01-01,1\n".encode("utf-16"), b"date,close\n2020-01-01,\xff\n"])
def test_text_that_is_not_utf_8_is_an_error(load, tmp_path, content):
    (tmp_path / "A.csv").write_bytes(content)
    with pytest.raises(DataError) as raised:
        load("A.csv")
    assert "UTF-8" in raised.value.advice


@pytest.mark.parametrize("text", ["{}", "[1]", "[[1577836800000,1,1,1,1,1],[1577836800001,1]]", '[{"a":1},[1]]'])
def test_json_of_another_shape_is_an_error(load, write, text):
    write("A.json", text)
    with pytest.raises(DataError):
        load("A.json")


def test_an_unreadable_number_in_json_is_named(load, write):
    write("A.json", '[[1577836800000,1,1,1,1,1],[1577923200000,1,1,1,"x",1]]')
    with pytest.raises(DataError, match=r"A\.json, row 2 \(2020-01-02\): close is 'x', not a number"):
        load("A.json")


def test_an_adjustment_beyond_all_numbers_is_an_error(load, write):
    error = refused(load, write, "date,open,close,adj close\n2020-01-01,1e300,1e-300,1e300\n")
    assert "open is infinite" in error.message


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("close", [True, False], r"row 1 \(2020-01-01\): close is of type bool, not a number; 2 such rows"),
        ("date", [True, False], "row 1: time is of type bool"),
        ("date", pd.to_timedelta([1, 2], unit="s"), "row 1: time is of type duration"),
        ("date", [0, 1], "row 1: time is 0, which cannot be read"),
        ("date", [1.6e9, float("inf")], "row 2: time is inf"),
    ],
)
def test_a_typed_column_of_another_kind_is_named(load, tmp_path, column, values, message):
    frame = pd.DataFrame({"date": pd.to_datetime(["2020-01-01", "2020-01-02"]), "close": [1.0, 2.0]})
    frame.assign(**{column: values}).to_parquet(tmp_path / "A.parquet")
    with pytest.raises(DataError, match=message):
        load("A.parquet")


def test_words_where_dates_should_be_are_named(load, write):
    assert "'yesterday'" in refused(load, write, "date,close\nyesterday,1\n").message


def test_a_file_that_cannot_be_opened_is_an_error(load, tmp_path):
    (tmp_path / "A.csv").mkdir()
    (tmp_path / "A.csv" / "B.csv").mkdir()
    with pytest.raises(DataError, match=r"B\.csv: cannot be read"):
        load("A.csv")
