import gzip
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from gate.domain.settings import DataSettings
from gate.errors import DataError

ROWS = "date,close\n2020-01-01,1\n2020-01-02,2\n"


def test_the_default_is_two_indices_of_5031_bars_each(load):
    data = load(*DataSettings().sources)
    assert {symbol: len(bars) for symbol, bars in data.symbols.items()} == {"SP500": 5031, "NASDAQ": 5031}
    assert data.bars == 10_062
    assert data.sources == ("arch:sp500", "arch:nasdaq")
    first = data.symbols["SP500"]
    assert (str(first.time[0])[:10], first.open[0], first.volume[0]) == ("1999-01-04", 1229.22998, 877_000_000)


def test_reading_arch_imports_neither_arch_nor_pandas():
    code = """
import sys, pathlib
from gate.adapters.market_data import MarketDataFiles
from gate.domain.settings import DataSettings
assert "pyarrow" not in sys.modules
MarketDataFiles().load(DataSettings(), pathlib.Path())
assert not {"arch", "pandas", "skfolio"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_series_of_arch_is_told_what_there_is(load):
    with pytest.raises(DataError, match="arch:gold") as raised:
        load("arch:gold")
    assert raised.value.advice == "There are arch:sp500, arch:nasdaq."


@pytest.fixture
def skfolio(tmp_path, monkeypatch):
    """A package that lies there like skfolio, and must not be imported."""
    folder = tmp_path / "site" / "skfolio" / "datasets" / "data"
    folder.mkdir(parents=True)
    (tmp_path / "site" / "skfolio" / "__init__.py").write_text("raise AssertionError('imported')")
    (folder / "sp500_index.csv.gz").write_bytes(gzip.compress(b"Date,SP500\n1990-01-02,359.69\n"))
    (folder / "sp500_dataset.csv.gz").write_bytes(gzip.compress(b"Date,AAPL,KO\n1990-01-02,0.264,2.235\n"))
    monkeypatch.syspath_prepend(tmp_path / "site")


@pytest.mark.usefixtures("skfolio")
def test_skfolio_gives_closes_as_bars_without_volume(load):
    data = load("skfolio:SP500", "skfolio:ko")
    assert list(data.symbols) == ["SP500", "KO"]
    bars = data.symbols["KO"]
    assert bars.open == bars.high == bars.low == bars.close == [2.235]
    assert bars.volume == [0.0]


@pytest.mark.usefixtures("skfolio")
def test_a_symbol_that_skfolio_lacks_is_told_what_there_is(load):
    with pytest.raises(DataError) as raised:
        load("skfolio:TSLA")
    assert raised.value.advice == "There are SP500, AAPL, KO."


def test_without_skfolio_the_pip_line_is_said(load, monkeypatch):
    monkeypatch.setattr("gate.adapters.market_data.sources.skfolio.package_folder", lambda _name: None)
    with pytest.raises(DataError) as raised:
        load("skfolio:AAPL")
    assert raised.value.advice == 'pip install "regime-gate[skfolio]"'


def test_simulated_bars_know_their_regimes_also_inside_a_period(load):
    bars = load("simulated:7:600", start="2001-01-01").symbols["SIMULATED-7"]
    assert len(bars.regimes) == len(bars.close) == len(bars) < 600
    assert len(load("simulated:7").symbols["SIMULATED-7"]) == 5000


@pytest.mark.parametrize("asked", ["simulated:", "simulated:x", "simulated:1:", "simulated:1:2:3", "simulated:-1"])
def test_a_simulation_that_is_not_understood_is_refused(load, asked):
    with pytest.raises(DataError):
        load(asked)


def test_a_folder_means_its_files_of_data(load, write):
    write("bars/A.csv", ROWS)
    write("bars/B.csv", ROWS)
    write("bars/notes.txt", "not data")
    write("bars/.hidden.csv", "not data")
    assert list(load("bars").symbols) == ["A", "B"]


def test_a_glob_means_what_it_matches(load, write, tmp_path):
    for name in ("x/A.csv", "x/y/B.csv", "C.csv"):
        write(name, ROWS)
    assert list(load("x/**/*.csv").symbols) == ["A", "B"]
    assert list(load(f"{tmp_path}/*.csv").symbols) == ["C"]


def test_the_home_folder_is_understood(load, write, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write("A.csv", ROWS)
    assert list(load("~/A.csv").symbols) == ["A"]


def test_a_name_before_the_path_names_the_symbol(load, write):
    write("daily.csv", ROWS)
    write("odd=name.csv", ROWS)
    assert list(load("SPY=daily.csv", "odd=name.csv").symbols) == ["SPY", "odd=name"]


def test_one_name_for_several_symbols_is_refused(load, write):
    write("A.csv", ROWS)
    write("B.csv", ROWS)
    with pytest.raises(DataError, match="A, B"):
        load("SPY=*.csv")


def test_two_sources_of_the_same_symbol_are_refused_by_name(load, write):
    write("A.csv", ROWS)
    write("x/A.csv", ROWS)
    with pytest.raises(DataError, match=r"A\.csv and x.A\.csv both give the symbol A"):
        load("A.csv", "x/A.csv")


@pytest.mark.parametrize("asked", ["absent.csv", "*.parquet", "yahoo:SPY", "~nobody-of-this-name/a.csv"])
def test_a_source_that_is_not_there_is_an_error(load, asked):
    with pytest.raises(DataError, match="sources has"):
        load(asked)


def test_no_sources_at_all_is_an_error(load):
    with pytest.raises(DataError, match="empty"):
        load()


def test_a_file_of_an_unknown_kind_is_told_what_is_readable(load, write):
    write("A.xlsx", "")
    with pytest.raises(DataError) as raised:
        load("A.xlsx")
    assert ".parquet" in raised.value.advice


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("BTC_USDT-1h.feather", "BTC/USDT"),
        ("BTC_USDT-5m.parquet", "BTC/USDT"),
        ("BTC_USDT_USDT-4h-futures.feather", "BTC/USDT:USDT"),
        ("BTC_USDT-1h.json", "BTC/USDT"),
    ],
)
def test_files_of_freqtrade_are_read_as_they_lie(load, tmp_path, name, symbol):
    times = pd.date_range("2020-01-01", periods=3, freq="h", tz="UTC", unit="ms")
    prices = dict.fromkeys(("open", "high", "low", "close"), (1.5, 2, 3))
    frame = pd.DataFrame({"date": times, **prices, "volume": 9.0})
    if name.endswith("json"):
        frame = frame.assign(date=times.as_unit("ms").view("int64"))
        frame.to_json(tmp_path / name, orient="values")
    else:
        getattr(frame, f"to_{name.rpartition('.')[2]}")(tmp_path / name)
    bars = load(name).symbols[symbol]
    np.testing.assert_array_equal(bars.time, times.tz_convert(None).to_numpy())
    assert bars.close.tolist() == [1.5, 2, 3]
