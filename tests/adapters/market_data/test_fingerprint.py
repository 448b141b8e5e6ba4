import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.adapters.market_data import MarketDataFiles
from gate.domain.market import COLUMNS
from gate.domain.settings import DataSettings

WRITERS = {
    "A.csv": lambda frame, path: frame.to_csv(path),
    "A.csv.gz": lambda frame, path: frame.to_csv(path),
    "A.parquet": lambda frame, path: frame.to_parquet(path),
    "A.feather": lambda frame, path: frame.reset_index().to_feather(path),
    "A.json": lambda frame, path: (
        frame.reset_index()
        .assign(Date=frame.index.as_unit("ns").view("int64"))
        .to_json(path, orient="records", double_precision=15)
    ),
}
PRICES = st.floats(min_value=1e-3, max_value=1e6)


@st.composite
def frames(draw):
    rows = draw(st.integers(1, 8))
    column = st.lists(PRICES, min_size=rows, max_size=rows)
    low, high = np.sort([draw(column), draw(column)], axis=0)
    seconds = draw(st.lists(st.integers(200_000_000, 4_000_000_000), min_size=rows, max_size=rows, unique=True))
    zone = draw(st.sampled_from([None, "UTC", "Europe/Berlin"]))
    index = pd.DatetimeIndex(pd.to_datetime(sorted(seconds), unit="s", utc=True).tz_convert(zone), name="Date")
    volume = [round(number) for number in draw(column)]
    return pd.DataFrame({"Open": low, "High": high, "Low": low, "Close": high, "Volume": volume}, index=index)


def load_as(frame, name):
    with tempfile.TemporaryDirectory() as folder:
        WRITERS[name](frame, Path(folder) / name)
        return MarketDataFiles().load(DataSettings(sources=(name,)), Path(folder))


@settings(max_examples=25, deadline=None)
@given(frames())
def test_every_format_gives_the_same_bars_and_the_same_fingerprint(frame):
    frame = frame.round(6)
    found = {name: load_as(frame, name) for name in WRITERS}
    assert len({data.sha256 for data in found.values()}) == 1
    bars = found["A.feather"].symbols["A"]
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(bars, column), frame[column.title()].to_numpy(dtype=float))
    utc = frame.index.tz_convert(None) if frame.index.tz else frame.index
    np.testing.assert_array_equal(bars.time, utc.to_numpy(dtype="datetime64[ns]"))


@settings(max_examples=25, deadline=None)
@given(frames(), st.data())
def test_the_fingerprint_changes_with_any_one_value(frame, data):
    row = data.draw(st.integers(0, len(frame) - 1))
    changed = frame.astype(float)
    if data.draw(st.booleans()):
        changed.loc[changed.index[row], "Volume"] += 1
    else:
        changed.loc[changed.index[row], ["High", "Close"]] *= 1 + 1e-12
    assert load_as(frame, "A.feather").sha256 != load_as(changed, "A.feather").sha256


def test_the_order_of_sources_does_not_matter(load):
    assert load("arch:sp500", "arch:nasdaq").sha256 == load("arch:nasdaq", "arch:sp500").sha256


def test_the_symbol_is_part_of_the_fingerprint(load, write):
    write("a.csv", "date,close\n2020-01-01,1\n")
    assert load("X=a.csv").sha256 != load("Y=a.csv").sha256


def test_the_bars_shipped_with_arch_are_the_ones_measured_for_this_project(load):
    sha = load("arch:sp500", "arch:nasdaq").sha256
    assert sha == "14ec299b7974caa232cabf94639a76b9f3af36832ee359aac6c1acb440dbd38f"


def test_true_regimes_are_no_part_of_the_fingerprint():
    from gate.adapters.market_data.fingerprint import fingerprint  # noqa: PLC0415

    bars = MarketDataFiles().simulate(50, 1)
    assert fingerprint([bars]) == fingerprint([dataclasses.replace(bars, regimes=None)])
