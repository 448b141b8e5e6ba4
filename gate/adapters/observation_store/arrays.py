"""arrays.npz, written by numpy and read by ourselves.

numpy believes a header: a hundred bytes can ask it for a terabyte, or for a pickle. Here an array's bytes must be in
the file, and only what `numpy.savez` writes of our arrays is read: stored members, little-endian numbers, C order.
"""

import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gate.adapters.observation_store.reading import content, damaged

MAX_BYTES = 512 * 1024 * 1024
"""More than any honest observation: 16 symbols, 20 years, 10 seeds, both versions take about 100 MB."""
MAX_ARRAYS = 40_000
_MAX_DIRECTORY = MAX_ARRAYS * 128
_MEMBER = re.compile(r"((?:market|run|repeat)\d{1,5}\.[a-z_]{1,30})\.npy")
_HEADER = re.compile(
    rb"\{'descr': '([<|](?:f8|f4|i1|i2|i4|i8|M8\[ns\]))', 'fortran_order': False, 'shape': \(([\d, ]{0,40})\), \} *\n"
)
_MAGIC = b"\x93NUMPY\x01\x00"
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"


def write(path: Path, arrays: Iterator[tuple[str, Any]]) -> None:
    """One uncompressed archive; each array in the one layout that is read."""
    np.savez(path, **{name: plain(array) for name, array in arrays})


def plain(array: Any) -> Any:
    """C order, little-endian; times in nanoseconds."""
    kind = np.dtype("datetime64[ns]") if array.dtype.kind == "M" else array.dtype.newbyteorder("<")
    return np.ascontiguousarray(array, dtype=kind)


def read(path: Path) -> dict[str, Any]:
    """Every array by its name. Raises ObservationError."""
    return unpacked(content(path, MAX_BYTES), path)


def unpacked(packed: bytes, path: Path) -> dict[str, Any]:
    """Every array of an archive that is in memory already; `path` is what it is called. Raises ObservationError."""
    try:
        check_end(packed)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            check_members(archive.infolist())
            return {name_of(member): parsed(archive.read(member)) for member in archive.infolist()}
    except (ValueError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise damaged(path, error) from error


def check_end(packed: bytes) -> None:
    """The end record says how large the directory is: looked at before zipfile builds an object for each entry."""
    end = packed[-22:]
    if end[:4] != _END or end[20:] != b"\0\0" or packed[-42:-38] == _END64:
        raise ValueError("it is no archive of ours")
    if int.from_bytes(end[10:12], "little") > MAX_ARRAYS or int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY:
        raise ValueError("it has too many members")


def check_members(members: list[zipfile.ZipInfo]) -> None:
    """Stored as they are, each once, under names of ours."""
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise ValueError("it unpacks to more than is taken")
    if any(m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size for m in members):
        raise ValueError("a member is compressed")
    if len({name_of(member) for member in members}) != len(members):
        raise ValueError("two members have one name")


def name_of(member: zipfile.ZipInfo) -> str:
    """The array's name."""
    match = _MEMBER.fullmatch(member.filename)
    if match is None:
        raise ValueError(f"{member.filename[:60]!r} is no array of ours")
    return match[1]


def parsed(stored: bytes) -> Any:
    """One array of numpy's format 1.0 (NEP 1): magic, header length, header, and exactly the bytes that it declares."""
    start = 10 + int.from_bytes(stored[8:10], "little")
    header = _HEADER.fullmatch(stored[10:start])
    if stored[:8] != _MAGIC or header is None:
        raise ValueError("an array has another format")
    dtype = np.dtype(header[1].decode())
    shape = tuple(int(length) for length in header[2].decode().split(",") if length.strip())
    if math.prod(shape) * dtype.itemsize != len(stored) - start:
        raise ValueError("an array does not have the size that it declares")
    return np.frombuffer(stored, dtype=dtype, offset=start).reshape(shape)


Arrays = Mapping[str, Any]
