"""Observations in a zip that a stranger packed: two named members, read in memory; nothing is ever unpacked to disk.

What is declared is checked before anything is inflated, and what comes is counted while it is.
"""

import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from gate.adapters.observation_store import arrays, document
from gate.adapters.observation_store.reading import damaged
from gate.adapters.observation_store.store import ObservationFiles, joined
from gate.domain.observation import Observations
from gate.errors import ObservationError

MAX_ARCHIVE = 64 * 1024 * 1024
MAX_ARRAYS = 48 * 1024 * 1024
"""Inflated. They are in memory twice for a moment: in the member, and as arrays."""
MAX_JSON = 12 * 1024 * 1024
MAX_MEMBERS = 64
"""A report with its pictures may lie beside the observations."""
MAX_DIRECTORY = 64 * 1024
FOLDERS = ("", "observations/")
JSON, ARRAYS = "observations.json", "arrays.npz"
CHUNK = 256 * 1024
_HERE = Path("artifact")
"""What the archive is called where it is damaged."""


class ObservationArchive:
    """Implements the port Archive."""

    def largest(self) -> int:
        """Bytes of archive that are read at most."""
        return MAX_ARCHIVE

    def packed(self, path: Path) -> Observations:
        """Read a zip, or a folder that holds what one holds. Raises ObservationError."""
        if path.is_dir():
            nested = path / FOLDERS[1]
            return ObservationFiles().read(nested if nested.is_dir() else path)
        try:
            with path.open("rb") as file:
                return self.unpacked(file)
        except OSError as error:
            raise ObservationError(
                f"cannot read {path}: {error.strerror}", "name the artifact's zip or folder"
            ) from error

    def unpacked(self, file: BinaryIO) -> Observations:
        """Read and check. Raises ObservationError."""
        try:
            check_end(file)
            with zipfile.ZipFile(file) as archive:
                folder = check_members(archive.infolist())
                text = inflated(archive, folder + JSON, MAX_JSON)
                head = document.typed(text, _HERE / JSON)
                del text
                return joined(head, arrays.unpacked(inflated(archive, folder + ARRAYS, MAX_ARRAYS), _HERE / ARRAYS))
        except (ValueError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, KeyError) as error:
            raise damaged(_HERE, error) from error


def check_end(file: BinaryIO) -> None:
    """The end record says how large the directory is: looked at before an object is built for each entry."""
    file.seek(0, 2)
    size = file.tell()
    if size > MAX_ARCHIVE:
        raise ValueError(f"it is larger than {MAX_ARCHIVE:,} bytes")
    file.seek(max(size - 22 - 20, 0))
    tail = file.read()
    end = tail[-22:]
    if end[:4] != b"PK\x05\x06" or end[20:] != b"\0\0" or tail[:4] == b"PK\x06\x07":
        raise ValueError("it is no plain zip")
    if int.from_bytes(end[10:12], "little") > MAX_MEMBERS or int.from_bytes(end[12:16], "little") > MAX_DIRECTORY:
        raise ValueError("it has too many members")
    file.seek(0)


def check_members(members: list[zipfile.ZipInfo]) -> str:
    """The folder that the observations lie in; every name once, none that climbs, links or hides."""
    names = [member.filename for member in members]
    if len({name.casefold() for name in names}) != len(names):
        raise ValueError("two members have one name")
    for member in members:
        check_member(member)
    found = [folder for folder in FOLDERS if folder + JSON in names and folder + ARRAYS in names]
    if len(found) != 1:
        raise ValueError(f"it has no {JSON} with {ARRAYS}" if not found else "it holds observations twice")
    return found[0]


def check_member(member: zipfile.ZipInfo) -> None:
    """A plain file with a plain name, even where it is never read: whoever packs others is no job of ours."""
    name, kind = member.orig_filename, stat.S_IFMT(member.external_attr >> 16)
    if "\0" in name or "\\" in name or name.startswith("/") or ":" in name or ".." in name.split("/"):
        raise ValueError("a member's name leads elsewhere")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ValueError("a member is a link or a device")
    if member.flag_bits & 1:
        raise ValueError("a member is encrypted")


def inflated(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member, counted while it is inflated."""
    member = archive.getinfo(name)
    if member.file_size > most:
        raise ValueError(f"{member.filename} unpacks to more than {most:,} bytes")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{member.filename} is compressed in another way")
    content = bytearray()
    with archive.open(member) as file:
        while chunk := file.read(CHUNK):
            content += chunk
            if len(content) > most:
                raise ValueError(f"{member.filename} unpacks to more than it says")
    return bytes(content)
