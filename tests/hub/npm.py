"""One file out of an npm package, kept in the user's cache: the first test process installs, the others wait for it."""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import platformdirs
from filelock import FileLock

CACHE = platformdirs.user_cache_path("gate-tests")


def member_of(package: str, version: str, member: str) -> Path:
    """Path of ``member`` of ``package@version``, fetched with npm when it is not there yet."""
    kept = CACHE / f"{package.replace('/', '-').lstrip('@')}-{version}" / Path(member).name
    if not kept.exists():
        with locked():
            if not kept.exists():
                _fetch(f"{package}@{version}", member, kept)
    return kept


def locked() -> FileLock:
    CACHE.mkdir(parents=True, exist_ok=True)
    return FileLock(CACHE / "lock", timeout=240)


def replaced(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(path)


def _fetch(spec: str, member: str, kept: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            f"npm is needed to install {spec} for the tests' GitHub: install Node.js, or put npm on PATH"
        )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", "--silent", spec, "--pack-destination", folder], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"npm could not fetch {spec} for the tests' GitHub: {done.stderr.strip()}")
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
            content = packed.extractfile(f"package/{member}")
            assert content is not None, f"{spec} has no {member}"
            replaced(kept, content.read())
