"""Observations come back exactly as they were, and a hostile file is refused in bounded memory."""

import dataclasses
import io
import json
import os
import re
import struct
import tracemalloc
import zipfile

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gate.adapters.observation_store import ObservationFiles
from gate.domain.observation import (
    TAIL,
    Diagnosis,
    Ending,
    Loading,
    Market,
    MemoryReading,
    Observations,
    Pair,
    Phase,
    Reading,
    Repeat,
    RunKey,
    RunObservation,
    TimedRun,
    Window,
)
from gate.domain.suite import TurnEnding
from gate.domain.version import Role, Version
from gate.errors import ExitCode, ObservationError, OutputError
from tests.suites import suite, turn

BARS, TEST, LABELS = 30, 4, ("0", "2", "-1")
SOURCES = {Role.BASELINE: {"test_x.py": "a"}, Role.CANDIDATE: {"test_x.py": ""}}
KEY = RunKey(role=Role.CANDIDATE, symbol="A|<b>", seed=1)


def run_observation(key=KEY, posterior=None, **changed):
    codes = np.array([0, 1, -1, 2], dtype=np.int32)
    made = RunObservation(
        key=key,
        windows=(
            Window(
                index=3,
                train_start=0,
                train_stop=26,
                test_stop=30,
                fit=Phase(ending=Ending.RAISED, error="ValueError: ☠"),
                diagnosis=Diagnosis(finite=False, iterations=4, last_gain=1e-300),
                call_errors=("a", "b"),
                mutated=True,
            ),
        ),
        labels=LABELS,
        numeric=True,
        bar=np.arange(26, 30, dtype=np.int32),
        window=np.full(TEST, 3, dtype=np.int32),
        call=np.array([1, 2, 3, 4], dtype=np.int8),
        rows=np.array([0, -3, 2**30, 1], dtype=np.int32),
        state=codes,
        posterior=np.zeros((TEST, 0)) if posterior is None else posterior,
        confidence=np.array([0.5, np.nan, np.inf, -np.inf]),
        tail=np.full((TEST, TAIL), -1, dtype=np.int32),
        batch_state=codes[::-1].copy(),
        batch_confidence=np.full(TEST, np.nan),
        live_state=codes,
        live_call=np.ones(TEST, dtype=np.int8),
        position=np.array([-1.0, 1.0, np.nan, 0.0]),
        train_count=np.array([[20, 6, 0]], dtype=np.int32),
        train_volatility=np.array([[0.1, 0.2, np.nan]]),
        rss_calls=np.array([4], dtype=np.int32),
        rss_bytes=np.array([2**40], dtype=np.int64),
        memory=MemoryReading(rest=1, fit_peak=2, predict_peak=3, method="VmHWM"),
        cpu_seconds=0.1,
        wall_seconds=0.2,
        unmeasured_live="step",
    )
    return dataclasses.replace(made, **changed)


def example(posterior=None, **changed):
    reading = Reading(imports=0.1, fit=1e-9, predict=0.3, calls=60)
    version = Version(role=Role.CANDIDATE, ref="v2", sha="a" * 40, factory="m:M", root="/r", python="/p")
    time = np.datetime64("2020-01-01", "ns") + np.arange(BARS) * np.timedelta64(1, "h")
    return Observations(
        versions={Role.CANDIDATE: version, Role.BASELINE: msgspec.structs.replace(version, role=Role.BASELINE)},
        loading={Role.CANDIDATE: Loading(ending=Ending.OK), Role.BASELINE: Loading(ending=Ending.RAISED, error="x")},
        markets={
            "A|<b>": Market(symbol="A|<b>", time=time, close=np.linspace(1, 2, BARS)),
            "S": Market(symbol="S", time=time, close=np.ones(BARS), regimes=np.arange(BARS, dtype=np.int32) % 3),
        },
        runs=(
            run_observation(posterior=posterior, **changed),
            run_observation(key=RunKey(role=Role.BASELINE, symbol="S", seed=0)),
        ),
        pairs=(Pair(symbol="S", first=Role.BASELINE, baseline=reading, candidate=reading),),
        repeats=(
            Repeat(
                key=KEY,
                window=3,
                labels=("0",),
                state=np.array([0, -1], dtype=np.int32),
                confidence=np.array([0.1 + 0.2, np.nan]),
            ),
        ),
        memory_over_time=(TimedRun(role=Role.BASELINE, seconds=(0.0, 0.1), mebibytes=(1.0, 2.5)),),
        data_sha256="d" * 64,
        data_sources=("arch:sp500",),
        data_bars=BARS,
        settings_json='{"a": 1}',
        policy_sha256="p" * 64,
        environment={"cpu": "clock"},
        quick=True,
        not_measured=("x",),
        wall_seconds={"runs": 1.5},
        suite=suite(turn(("test_a", 1e-3)), turn(ending=TurnEnding.DAMAGED, error="☠"), pairs=2, sources=SOURCES),
    )


def same(one, two):
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(two, f.name)) for f in dataclasses.fields(one))
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and one == two


@pytest.fixture
def stored(tmp_path):
    ObservationFiles().write(example(), tmp_path / "observations")
    return tmp_path / "observations"


def refused(folder):
    """Read, and return the error's message; it is the gate's, with advice."""
    with pytest.raises(ObservationError) as caught:
        ObservationFiles().read(folder)
    assert caught.value.exit_code is ExitCode.GATE_ERROR
    assert caught.value.advice
    assert len(caught.value.message) < 1000
    return caught.value.message


# ------------------------------------------------------------------ there and back


@given(
    posterior=arrays.arrays(np.float64, st.tuples(st.just(TEST), st.integers(0, 5)), elements=st.floats()),
    confidence=arrays.arrays(np.float64, TEST, elements=st.floats()),
    fortran=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_observed_comes_back_exactly(posterior, confidence, fortran, tmp_path):
    wanted = example(posterior, confidence=confidence)
    given_ = example(np.asfortranarray(posterior) if fortran else posterior, confidence=confidence)
    ObservationFiles().write(given_, tmp_path / "observations")
    assert same(ObservationFiles().read(tmp_path / "observations"), wanted)


def test_nothing_observed_is_an_observation_too(tmp_path):
    empty = dataclasses.replace(example(), runs=(), repeats=(), pairs=(), markets={})
    ObservationFiles().write(empty, tmp_path / "o")
    assert same(ObservationFiles().read(tmp_path / "o"), empty)


def test_observations_of_before_there_were_suites_are_read(stored):
    rewrite(stored, lambda document: document.pop("suite"))
    assert ObservationFiles().read(stored).suite is None


def test_an_older_observation_is_replaced_and_nothing_lies_beside(stored):
    ObservationFiles().write(dataclasses.replace(example(), quick=False), stored)
    assert not ObservationFiles().read(stored).quick
    assert [path.name for path in stored.parent.iterdir()] == ["observations"]


def test_a_folder_of_other_things_is_never_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("ten years")
    with pytest.raises(OutputError, match="other files"):
        ObservationFiles().write(example(), tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_a_file_in_the_folders_place_is_a_wrong_output(tmp_path):
    (tmp_path / "o").write_text("a file")
    for folder in (tmp_path / "o", tmp_path / "o" / "deeper"):
        with pytest.raises(OutputError):
            ObservationFiles().write(example(), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["o"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_write_leaves_the_older_whole(error, stored, monkeypatch):
    def stop(*_, **__):
        raise error

    monkeypatch.setattr(np, "savez", stop)
    with pytest.raises((KeyboardInterrupt, OutputError)):
        ObservationFiles().write(dataclasses.replace(example(), quick=False), stored)
    assert [path.name for path in stored.parent.iterdir()] == ["observations"]
    assert ObservationFiles().read(stored).quick


# ------------------------------------------------------------------ observations.json


def rewrite(stored, change):
    path = stored / "observations.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def first_window(**changed):
    return lambda document: document["runs"][0]["windows"][0].update(changed)


def first_run(**changed):
    return lambda document: document["runs"][0].update(changed)


def first_sample(**changed):
    return lambda document: document["suite"]["pairs"][0]["baseline"]["samples"][0].update(changed)


def twice(turn):
    turn["samples"] *= 2


DOCUMENTS = {
    "a benchmark twice": (lambda d: twice(d["suite"]["pairs"][0]["baseline"]), "twice"),
    "seconds below none": (first_sample(min=-1.0), ">= 0.0"),
    "seconds without end": (first_sample(mean=float("inf")), "damaged"),
    "no rounds": (first_sample(rounds=0), ">= 1"),
    "a name too long": (first_sample(fullname="x" * 301), "300"),
    "an unknown ending": (lambda d: d["suite"]["pairs"][0]["candidate"].update(ending="?"), "suite"),
    "another schema": (lambda d: d.update(schema=2), "schema 2"),
    "no schema": (lambda d: d.pop("schema"), "schema"),
    "a missing field": (lambda d: d.pop("pairs"), "pairs"),
    "a wrong type": (lambda d: d.update(quick="yes"), "bool"),
    "an unknown role": (first_run(key={"role": "judge", "symbol": "S", "seed": 0}), "judge"),
    "an unknown symbol": (first_run(key={"role": "candidate", "symbol": "?", "seed": 0}), "symbol"),
    "a run twice": (lambda d: d["runs"].append(d["runs"][0]), "twice"),
    "a market twice": (lambda d: d.update(markets=["S", "S"]), "twice"),
    "a run too many": (
        lambda d: d["runs"].append({**d["runs"][0], "key": {"role": "candidate", "symbol": "S", "seed": 5}}),
        "run2.bar is not there",
    ),
    "a window beyond the bars": (first_window(test_stop=31), "do not exist"),
    "a window before the bars": (first_window(train_start=-1), "do not exist"),
    "a window with other bars": (first_window(train_stop=25), "bars"),
    "an unknown window": (first_window(index=4), "not those of the windows"),
    "labels missing": (first_run(labels=["0", "2"]), "run0."),
    "numbers that are none": (first_run(labels=["0", "2", "x"]), "said to be a number"),
    "numbers too long": (first_run(labels=["0", "2", "9" * 5000]), "said to be a number"),
}


@pytest.mark.parametrize(("change", "told"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_that_does_not_fit_is_refused(change, told, stored):
    rewrite(stored, change)
    assert told in refused(stored)


TEXTS = {
    "nothing": b"",
    "no JSON": b"<html>",
    "a list": b"[]",
    "bad UTF-8": b'{"schema": 1, "a": "\xff"}',
    "deep nesting": b'{"schema": 1, "a": ' + b"[" * 200_000,
    "deep nesting that ends": b'{"schema": 1, "a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a key twice": b'{"schema": 1, "schema": 1}',
    "a long number": b'{"schema": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_document_that_is_none_is_refused(text, stored):
    (stored / "observations.json").write_bytes(text)
    refused(stored)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999", '"x"', "null"])
def test_constants_that_are_no_numbers_are_refused(constant, stored):
    path = stored / "observations.json"
    text = path.read_text()
    path.write_text(re.sub(r'"cpu_seconds": 0.1', f'"cpu_seconds": {constant}', text, count=1))
    assert path.read_text() != text
    refused(stored)


def test_a_key_that_stands_twice_deep_inside_is_refused(stored):
    path = stored / "observations.json"
    path.write_text(path.read_text().replace('"mutated": true', '"mutated": true, "mutated": false', 1))
    assert "twice" in refused(stored)


@pytest.mark.parametrize("name", ["observations.json", "arrays.npz"])
def test_a_missing_file_is_named(name, stored):
    (stored / name).unlink()
    message = refused(stored)
    assert "there is no" in message
    assert name in message


@pytest.mark.parametrize("name", ["observations.json", "arrays.npz"])
@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "device"])
def test_what_is_no_file_is_not_read(name, kind, stored, tmp_path):
    path = stored / name
    path.rename(tmp_path / "true")
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "true" if kind == "link" else "/dev/zero")
    assert "damaged" in refused(stored)


def test_a_document_larger_than_any_is_not_read(stored):
    with (stored / "observations.json").open("r+b") as file:
        file.truncate(10**10)
    assert "larger" in memory_bounded(lambda: refused(stored), 80)


# ------------------------------------------------------------------ arrays.npz


def memory_bounded(act, mebibytes):
    tracemalloc.start()
    try:
        result = act()
        assert tracemalloc.get_traced_memory()[1] < mebibytes * 2**20
    finally:
        tracemalloc.stop()
    return result


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def header(text, body=b""):
    text = text.encode() + b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def replace(stored, changed, method=zipfile.ZIP_STORED):
    """Rewrite the archive with other members; None takes one out."""
    path = stored / "arrays.npz"
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members |= changed
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)


def ones(*shape, dtype=np.int32):
    return npy(np.ones(shape, dtype=dtype))


F8 = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }"
ARRAYS = {
    "a name that climbs out": ({"../../evil.npy": ones(1)}, "no array of ours"),
    "an absolute name": ({"/etc/evil.npy": ones(1)}, "no array of ours"),
    "a stranger's name": ({"readme.txt": b"hello"}, "no array of ours"),
    "a missing array": ({"run0.state.npy": None}, "run0.state is not there"),
    "another length": ({"run0.state.npy": ones(3)}, "run0.state is int32 (3,)"),
    "another dimension": ({"run0.state.npy": ones(4, 1)}, "run0.state"),
    "another kind": ({"run0.state.npy": ones(4, dtype=np.float64)}, "run0.state is float64"),
    "texts": ({"run0.state.npy": npy(np.array(["a"] * 4))}, "another format"),
    "objects": ({"run0.state.npy": npy(np.array([{}] * 4), allow_pickle=True)}, "another format"),
    "a posterior of objects": ({"run0.posterior.npy": npy(np.array([[[]]] * 4, dtype=object))}, "another format"),
    "a scalar": ({"run0.bar.npy": npy(np.int32(3))}, "run0.bar"),
    "a code too large": ({"run0.state.npy": npy(np.array([0, 1, 3, 0], dtype=np.int32))}, "run0.state points"),
    "a code too small": ({"run0.tail.npy": npy(np.full((4, TAIL), -2, dtype=np.int32))}, "run0.tail points"),
    "an unknown ending": ({"run0.call.npy": npy(np.full(4, 9, dtype=np.int8))}, "run0.call points"),
    "bars beyond the market": ({"run0.bar.npy": npy(np.arange(28, 32, dtype=np.int32))}, "not those of the windows"),
    "bars in another order": ({"run0.bar.npy": npy(np.arange(29, 25, -1, dtype=np.int32))}, "not those"),
    "an unknown window": ({"run0.window.npy": npy(np.full(4, 2, dtype=np.int32))}, "not those of the windows"),
    "a repeat's unknown label": ({"repeat0.state.npy": npy(np.array([0, 1], dtype=np.int32))}, "repeat0.state points"),
    "times that are numbers": ({"market0.time.npy": ones(BARS)}, "market0.time"),
    "no array at all": ({"run0.state.npy": b"hello"}, "another format"),
    "an empty member": ({"run0.state.npy": b""}, "another format"),
    "a shape without bytes": ({"market0.close.npy": header(F8 % "1000000000000,")}, "the size that it declares"),
    "a shape that overflows": ({"market0.close.npy": header(F8 % "9999999999, 9999999999, 99")}, "declares"),
    "a shape of nothing": ({"market0.close.npy": header(F8 % "0, 9999999999999")}, "market0.close"),
    "a shape in words": ({"market0.close.npy": header(F8 % "__import__('os')")}, "another format"),
    "a shape of commas": ({"market0.close.npy": header(F8 % ", 3 0,", b"\0" * 240)}, ""),
    "a header that lies": ({"market0.close.npy": b"\x93NUMPY\x01\x00\xff\xff{}"}, "another format"),
    "a type of no size": ({"market0.close.npy": header(F8.replace("<f8", "|V0") % "99999999999,")}, "another format"),
    "Fortran's order": ({"market0.close.npy": header(F8.replace("False", "True") % "3,")}, "another format"),
}


@pytest.mark.parametrize(("changed", "told"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_do_not_fit_are_refused(changed, told, stored):
    replace(stored, changed)
    before = sorted(stored.parent.parent.rglob("*"))
    assert told in memory_bounded(lambda: refused(stored), 20)
    assert sorted(stored.parent.parent.rglob("*")) == before


def test_a_compressed_archive_is_no_archive_of_ours(stored):
    replace(stored, {"run0.posterior.npy": npy(np.zeros((4, 10**6)))}, zipfile.ZIP_DEFLATED)
    assert "compressed" in memory_bounded(lambda: refused(stored), 20)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_twice_is_refused(stored):
    with zipfile.ZipFile(stored / "arrays.npz", "a") as archive:
        archive.writestr("run0.state.npy", ones(4))
    assert "one name" in refused(stored)


def test_more_members_than_any_run_has_are_not_looked_at(stored):
    with zipfile.ZipFile(stored / "arrays.npz", "w") as archive:
        for number in range(41_000):
            archive.writestr(f"run{number}.x.npy", b"")
    assert "too many" in memory_bounded(lambda: refused(stored), 40)


def test_a_directory_that_is_larger_than_it_says_is_refused(stored):
    path = stored / "arrays.npz"
    content = bytearray(path.read_bytes())
    content[-22 + 12 : -22 + 16] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    assert "too many" in refused(stored)


def test_a_size_that_the_file_does_not_have_is_refused(stored):
    path = stored / "arrays.npz"
    with zipfile.ZipFile(path) as archive:
        size = archive.infolist()[0].file_size
    directory = path.read_bytes().index(b"PK\x01\x02")
    content = bytearray(path.read_bytes())
    for offset in (20, 24):
        assert content[directory + offset : directory + offset + 4] == struct.pack("<I", size)
        content[directory + offset : directory + offset + 4] = struct.pack("<I", 2**30)
    path.write_bytes(content)
    assert "more than is taken" in memory_bounded(lambda: refused(stored), 20)


@given(cut=st.integers(0, 5000), where=st.floats(0, 1), junk=st.binary(min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_archive_is_refused_or_says_the_same(cut, where, junk, tmp_path):
    folder = tmp_path / "o"
    ObservationFiles().write(example(), folder)
    path = folder / "arrays.npz"
    content = bytearray(path.read_bytes())
    at = int(where * len(content))
    content[at : at + len(junk)] = junk
    path.write_bytes(content[: len(content) - cut] if cut % 2 else content)
    try:
        found = ObservationFiles().read(folder)
    except ObservationError as error:
        assert error.advice  # noqa: PT017
    else:
        assert same(found.runs, example().runs)
