"""pytest-benchmark's report is the candidate's own word: it is believed only where it can be true."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.runner.suite import report
from gate.adapters.runner.suite.report import ReportError, samples_of
from gate.domain.suite import LONGEST_NAME, MOST_BENCHMARKS

STATS = {"min": 1e-3, "median": 2e-3, "mean": 2e-3, "max": 9, "rounds": 5, "iterations": 2, "data": [1e-3]}


def benchmark(name="test_a", stats=None, **changes):
    made = {"name": name, "fullname": f"test_x.py::{name}", "stats": {**STATS, **(stats or {})}}
    return {**made, "options": {"timer": "process_time"}, "extra_info": {}, **changes}


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "report.json"
        text = content if isinstance(content, str) else json.dumps({"version": "5", "benchmarks": content})
        path.write_text(text)
        return samples_of(path)

    return read


def test_an_honest_report_is_read(read):
    (found,) = read([benchmark()])
    assert (found.name, found.fullname, found.timer) == ("test_a", "test_x.py::test_a", "process_time")
    assert (found.min, found.median, found.rounds, found.iterations) == (1e-3, 2e-3, 5, 2)
    assert found.total == pytest.approx(0.02)


def test_where_nothing_was_timed_pytest_benchmark_writes_nothing(tmp_path):
    assert samples_of(tmp_path / "report.json") == ()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e-9", '"1"', "null", "true", "[]"])
@pytest.mark.parametrize("key", ["min", "median", "mean"])
def test_seconds_that_are_none_are_refused(read, key, value):
    text = json.dumps({"benchmarks": [benchmark(stats={key: "HERE"})]}).replace('"HERE"', value)
    with pytest.raises(ReportError):
        read(text)


@pytest.mark.parametrize("value", [0, -1, 1.5, 10**13, "3", None])
@pytest.mark.parametrize("key", ["rounds", "iterations"])
def test_counts_that_are_none_are_refused(read, key, value):
    with pytest.raises(ReportError):
        read([benchmark(stats={key: value})])


@pytest.mark.parametrize(
    "found",
    [
        [benchmark(), benchmark()],
        [benchmark(f"test_{number}") for number in range(MOST_BENCHMARKS + 1)],
        [benchmark("x" * (LONGEST_NAME + 1))],
        [benchmark("")],
        [benchmark("a\nb")],
        [benchmark("a\u202eb")],
        [benchmark(options={})],
        [benchmark(options={"timer": "x\x1b[31m"})],
        [benchmark(stats={"min": 1.0})],
        [{}],
        [3],
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"benchmarks": {}}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
    ids=lambda found: str(found)[:30].encode("ascii", "replace").decode(),
)
def test_what_cannot_be_a_report_is_refused(read, found):
    with pytest.raises(ReportError):
        read(found)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "MOST_BYTES", 100)
    (tmp_path / "report.json").write_text(json.dumps({"benchmarks": [benchmark()]}))
    with pytest.raises(ReportError, match="larger than 100 bytes"):
        samples_of(tmp_path / "report.json")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(__file__)])
def test_what_is_no_file_of_its_own_is_not_read(tmp_path, make):
    make(tmp_path / "report.json")
    with pytest.raises(ReportError):
        samples_of(tmp_path / "report.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(STATS)) | st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_reading_is_total(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / f"report-{os.getpid()}.json"
    path.write_text(json.dumps({"benchmarks": [value]}))
    with pytest.raises(ReportError):
        samples_of(path)
