"""Columns, dates and separators are recognised as a person would."""

import numpy as np
import pandas as pd
import pytest

DAYS = ["2020-01-30", "2020-01-31"]


def closes(bars):
    return dict(zip(bars.time.astype("datetime64[s]").astype(str).tolist(), bars.close.tolist(), strict=True))


@pytest.mark.parametrize(
    "header",
    [
        "Date,Close",
        "DATETIME , close ",
        ",Close",
        "Unnamed: 0,Price",
        "index,close",
        "open_time,C",
        "<DATE>,<CLOSE>",
        "Timestamp,4. close",
        "time,Close/Last",
        "date,Adj Close",
    ],
)
def test_names_are_recognised_in_any_case_and_spelling(load, write, header):
    write("A.csv", f"{header}\n2020-01-30,1\n2020-01-31,2\n")
    assert closes(load("A.csv").symbols["A"]) == {"2020-01-30T00:00:00": 1, "2020-01-31T00:00:00": 2}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2020-01-30", "2020-01-31"),
        ("2020/1/30", "2020/1/31"),
        ("2020.01.30", "2020.01.31"),
        ("30/01/2020", "31/01/2020"),
        ("1/30/2020", "1/31/2020"),
        ("30.1.2020", "31.1.2020"),
        ("30-01-2020 00:00", "31-01-2020 0:00:00"),
        ("20200130", "20200131"),
        ("30-Jan-2020", "31-Jan-2020"),
        ('"Jan 30, 2020"', '"January 31, 2020"'.replace("uary", "")),
        ("2020-01-30T00:00:00Z", "2020-01-31T00:00:00Z"),
        ("2020-01-30 00:00:00 UTC", "2020-01-31 00:00:00 UTC"),
        ("2020-01-30 01:00:00+01:00", "2020-01-31 02:00:00+02:00"),
        ("1580342400", "1580428800"),
        ("1580342400.0", "1580428800.0"),
        ("1580342400000", "1580428800000"),
        ("1580342400000000", "1580428800000000"),
        ("1580342400000000000", "1580428800000000000"),
    ],
)
def test_dates_are_read_wherever_there_is_one_way_to_read_them(load, write, first, second):
    write("A.csv", f"Date,Close\n{first},1\n{second},2\n")
    assert closes(load("A.csv").symbols["A"]) == {"2020-01-30T00:00:00": 1, "2020-01-31T00:00:00": 2}


def test_dates_with_dots_are_day_first_even_without_a_large_day(load, write):
    write("A.csv", "Date;Close\n03.04.2020;1\n")
    assert closes(load("A.csv").symbols["A"]) == {"2020-04-03T00:00:00": 1}


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("datetime64[s]", DAYS),
        ("datetime64[ns, America/New_York]", DAYS),
        ("int64", [1580342400, 1580428800]),
        ("int32", [20200130, 20200131]),
        ("float64", [1580342400000.0, 1580428800000.0]),
        ("category", DAYS),
        ("date32[pyarrow]", DAYS),
    ],
)
def test_typed_times_are_read_from_parquet(load, tmp_path, dtype, values):
    times = pd.to_datetime(pd.Series(values)).dt.date if dtype.startswith("date32") else pd.Series(values)
    times = pd.to_datetime(times).dt.tz_localize("America/New_York") if "York" in dtype else times.astype(dtype)
    pd.DataFrame({"date": times, "close": [1, 2]}).to_parquet(tmp_path / "A.parquet")
    bars = load("A.parquet").symbols["A"]
    hours = 5 if "York" in dtype else 0
    assert list(closes(bars)) == [f"{day}T0{hours}:00:00" for day in DAYS]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_marks_and_line_ends_are_no_matter(load, write, separator):
    text = "\ufeffDate,Close,Volume\r\n2020-01-30, 1.5 ,3\r\n2020-01-31,2,4\r\n\r\n".replace(",", separator)
    write("A.csv", text)
    bars = load("A.csv").symbols["A"]
    assert (bars.close.tolist(), bars.volume.tolist()) == ([1.5, 2], [3, 4])


def test_close_alone_stands_in_for_the_other_prices(load, write):
    write("A.csv", "Date,Close\n2020-01-30,1\n2020-01-31,2\n")
    bars = load("A.csv").symbols["A"]
    for column in (bars.open, bars.high, bars.low):
        np.testing.assert_array_equal(column, bars.close)
    assert bars.volume.tolist() == [0, 0]


def test_a_column_of_volume_without_entries_is_no_volume(load, write):
    write("A.csv", "Date,Close,Volume\n2020-01-30,1,\n2020-01-31,2,\n")
    assert load("A.csv").symbols["A"].volume.tolist() == [0, 0]


def test_an_adjusted_close_scales_the_whole_bar(load, write):
    write("A.csv", "Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-30,4,8,2,4,1,7\n2020-01-31,2,3,1,2,2,7\n")
    bars = load("A.csv").symbols["A"]
    assert (bars.open.tolist(), bars.high.tolist(), bars.low.tolist()) == ([1, 2], [2, 3], [0.5, 1])
    assert (bars.close.tolist(), bars.volume.tolist()) == ([1, 2], [7, 7])


def test_the_time_of_day_may_have_its_own_column(load, write):
    write("A.csv", "Date,Time,Close\n2020-01-30,9:30,1\n2020-01-30,16:00:00,2\n")
    assert list(closes(load("A.csv").symbols["A"])) == ["2020-01-30T09:30:00", "2020-01-30T16:00:00"]


@pytest.mark.parametrize("name", ["symbol", "Ticker", "pair", "ASSET"])
def test_a_long_file_is_split_by_its_symbols(load, write, name):
    write("all.csv", f"date,{name},close\n2020-01-30,A,1\n2020-01-30,B/C,3\n2020-01-31,A,2\n")
    symbols = load("all.csv").symbols
    assert {symbol: bars.close.tolist() for symbol, bars in symbols.items()} == {"A": [1, 2], "B/C": [3]}


@pytest.mark.parametrize("by_symbol", [False, True])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_wide_file_of_yfinance_is_split_by_its_symbols(load, tmp_path, suffix, by_symbol):
    columns = pd.MultiIndex.from_product([["Close", "Open", "Volume"], ["AAPL", "MSFT"]], names=["Price", "Ticker"])
    frame = pd.DataFrame(np.arange(1.0, 13).reshape(2, 6), pd.DatetimeIndex(DAYS, name="Date"), columns)
    frame = frame.swaplevel(axis=1) if by_symbol else frame
    getattr(frame, f"to_{suffix}")(tmp_path / f"all.{suffix}")
    symbols = load(f"all.{suffix}").symbols
    assert {name: bars.close.tolist() for name, bars in symbols.items()} == {"AAPL": [1, 7], "MSFT": [2, 8]}
    assert symbols["MSFT"].open.tolist() == [4, 10]


def test_a_wide_file_names_faults_by_its_lines(load, write):
    write("all.csv", "Price,Close,Close\nTicker,A,B\nDate,,\n2020-01-30,1,2\n2020-01-31,1,x\n")
    with pytest.raises(Exception, match=r"all\.csv, line 5 \(2020-01-31\): close is 'x'"):
        load("all.csv")


def test_seconds_with_fractions_are_read_to_the_microsecond(load, write):
    write("A.csv", "timestamp,close\n1580342400.25,1\n1580342400.500001,2\n")
    times = load("A.csv").symbols["A"].time.astype(str).tolist()
    assert times == ["2020-01-30T00:00:00.250000000", "2020-01-30T00:00:00.500001000"]


def test_a_typed_column_of_volume_without_entries_is_no_volume(load, tmp_path):
    pd.DataFrame({"date": pd.to_datetime(DAYS), "close": [1, 2], "volume": [None, None]}).to_feather(
        tmp_path / "A.feather"
    )
    assert load("A.feather").symbols["A"].volume.tolist() == [0, 0]
