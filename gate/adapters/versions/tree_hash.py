"""The hash that says whether two versions are the same code.

Where git vouches for the files, its tree id (which covers paths, contents and exec bits) is hashed: no file is
read, and the same commit has the same hash as an export and as a clean checkout. Else the files are hashed.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from gate.errors import VersionError


def hash_of_tree_id(tree_id: str) -> str:
    """Return the hash of a tree that git names by `tree_id`."""
    return hashlib.sha256(f"git tree {tree_id}".encode()).hexdigest()


def hash_of_files(root: Path, names: Iterable[str]) -> str:
    """Return the hash over path, kind and content of the files `names` under `root`; missing ones are left out."""
    digest = hashlib.sha256()
    for name in sorted(set(names), key=os.fsencode):
        try:
            entry = _entry(root / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise VersionError(f"{root / name} cannot be read: {error.strerror}") from error
        # Each part has a length before it: no file's content can pass for another file's name.
        for part in (os.fsencode(name), *entry):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _entry(path: Path) -> tuple[bytes, ...]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):  # never followed: it may point anywhere
        return b"link", os.fsencode(path.readlink())
    if stat.S_ISDIR(mode):  # a submodule, listed by git as one name
        return b"folder", hash_of_files(path, files_under(path)).encode()
    if not stat.S_ISREG(mode):  # a pipe would wait forever
        return (b"special",)
    kind = b"program" if mode & stat.S_IXUSR else b"file"
    with path.open("rb") as stream:
        return kind, hashlib.file_digest(stream, "sha256").digest()


def files_under(root: Path) -> Iterator[str]:
    """Name the files of a folder outside git, without caches, hidden folders and virtual environments."""
    for parent, folders, files in os.walk(root):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = [name for name in folders if name not in links and _is_code(Path(parent, name))]
        for name in (*links, *files):
            yield os.path.relpath(os.path.join(parent, name), root)  # noqa: PTH118


def _is_code(folder: Path) -> bool:
    made_by_tools = folder.name.startswith(".") or folder.name == "__pycache__" or (folder / "pyvenv.cfg").exists()
    return not made_by_tools and not _ignores_itself(folder / ".gitignore")


def _ignores_itself(ignored: Path) -> bool:
    """As the caches and reports of many tools do, gate's own among them."""
    try:
        return ignored.read_text(errors="replace").strip() == "*"
    except OSError:
        return False
