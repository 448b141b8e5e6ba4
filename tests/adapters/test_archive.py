"""4. Hostile artifacts: refused, nothing written outside, memory bounded."""

import io
import json
import stat
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from gate.adapters.observation_store import ObservationArchive, ObservationFiles
from gate.errors import ObservationError
from tests.adapters.test_observation_store import example, npy, same

JSON, ARRAYS = "observations.json", "arrays.npz"


@pytest.fixture
def members(tmp_path):
    ObservationFiles().write(example(), tmp_path / "o")
    return {name: (tmp_path / "o" / name).read_bytes() for name in (JSON, ARRAYS)}


def packed(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def read(content):
    return ObservationArchive().unpacked(io.BytesIO(content))


def test_what_was_observed_comes_back(members):
    assert same(read(packed(members)), example())


def test_a_report_beside_it_does_not_matter(members):
    beside = {"verdict.json": b'{"verdict": "PASS"}', "report.md": b"# PASS", "pictures/x.png": b"png"}
    nested = {f"observations/{name}": content for name, content in members.items()}
    assert same(read(packed(nested | beside)), example())


def document(members, change):
    told = json.loads(members[JSON])
    change(told)
    return {**members, JSON: json.dumps(told).encode()}


def link(members):
    info = zipfile.ZipInfo(JSON)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr(ARRAYS, members[ARRAYS])
    return out.getvalue()


def twice(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in (JSON, ARRAYS, JSON):
            archive.writestr(name, members[name])
    return out.getvalue()


def lying(members):
    """The directory declares one byte of a gigabyte."""
    content = bytearray(packed({**members, ARRAYS: b"\0" * 2**26}))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1)
    return bytes(content)


def members_without_end(members):
    return packed({**members, **{f"x{number}": b"" for number in range(70)}})


def pickled(members):
    arrays = packed({"run0.state.npy": npy(np.array([{}] * 4), allow_pickle=True)}, zipfile.ZIP_STORED)
    return packed({**members, ARRAYS: arrays})


HOSTILE = {
    "a name that climbs out": lambda m: packed({**m, "../../evil": b"x"}),
    "an absolute name": lambda m: packed({**m, "/etc/evil": b"x"}),
    "a drive's name": lambda m: packed({**m, "C:evil": b"x"}),
    "a link": link,
    "a name twice": twice,
    "a bomb": lambda m: packed({**m, ARRAYS: b"\0" * 2**27}),
    "a bomb of words": lambda m: packed({**m, JSON: b" " * 2**25}),
    "a bomb that lies about its size": lying,
    "members without end": members_without_end,
    "a key twice": lambda m: packed({**m, JSON: m[JSON].replace(b'"quick"', b'"quick": true, "quick"', 1)}),
    "a constant that is no number": lambda m: packed({**m, JSON: m[JSON].replace(b'"runs": 1.5', b'"runs": NaN', 1)}),
    "a wrong type": lambda m: packed(document(m, lambda d: d.update(quick="no"))),
    "deep nesting": lambda m: packed({**m, JSON: b'{"schema": 1, "a": ' + b"[" * 10**6}),
    "empty lists without end": lambda m: packed({**m, JSON: b'{"schema": 1, "a": [' + b"[]," * 3 * 10**6 + b"1]}"}),
    "numbers without end": lambda m: packed({**m, JSON: b'{"schema": 1, "a": [' + b"1," * 5 * 10**6 + b"1]}"}),
    "a pickle": pickled,
    "no zip": lambda m: b"<html>",
    "nothing": lambda m: b"",
    "a zip of nothing": lambda m: packed({}),
    "observations twice": lambda m: packed({**m, **{f"observations/{name}": content for name, content in m.items()}}),
    "bytes in front": lambda m: b"#!/bin/sh\n" * 9 + packed(m)[:-30],
    "an origin that is none": lambda m: packed(document(m, lambda d: d.update(origin={"run_id": "1"}))),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE)
def test_4_a_hostile_artifact_is_refused_in_bounded_memory(made, members, tmp_path):
    content = made(members)
    before = sorted(tmp_path.parent.rglob("*"))
    tracemalloc.start()
    try:
        with pytest.raises(ObservationError) as caught:
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 80 * 2**20
    finally:
        tracemalloc.stop()
    assert sorted(tmp_path.parent.rglob("*")) == before
    assert "\n" not in caught.value.message
    assert caught.value.advice


def test_4_an_archive_larger_than_any_is_not_opened(tmp_path):
    path = tmp_path / "a.zip"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(ObservationError, match="larger"):
        ObservationArchive().packed(path)


def test_4_an_encrypted_member_is_refused(members):
    content = bytearray(packed(members))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark)
        content[at + offset] |= 1
    with pytest.raises(ObservationError, match="encrypted"):
        read(bytes(content))
