"""Real repositories, and wheels that need no registry."""

import os
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from gate.adapters.versions import GitVersions
from gate.domain.settings import ModelSettings, VersionSettings
from gate.domain.version import Role, Version

IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")


class Repository:
    """A git repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str) -> str:
        command = ["git", *IDENTITY, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, **files: str) -> None:
        for name, text in files.items():
            self.put(f"{name}.py", text)

    def put(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def commit(self, tag: str = "") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", tag or "change")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a home of the test's own, without anybody's git or uv settings."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GATE_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "home").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def empty(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "repo")
    repository.folder.mkdir()
    repository.git("init", "--quiet", "-b", "main")
    return repository


@pytest.fixture
def repo(empty: Repository) -> Repository:
    """Tags v1 and v2 of a model."""
    empty.write(model="V = 1\n")
    empty.commit("v1")
    empty.write(model="V = 2\n")
    empty.commit("v2")
    return empty


@pytest.fixture
def notes() -> list[str]:
    return []


Prepare = Callable[..., AbstractContextManager[dict[Role, Version]]]


@pytest.fixture
def prepare(tmp_path: Path, notes: list[str]) -> Prepare:
    """Prepare a baseline and a candidate; keywords are settings of both, tuples of each."""

    def one(settings: dict[str, object], position: int) -> VersionSettings:
        chosen = {key: value[position] if isinstance(value, tuple) else value for key, value in settings.items()}
        return VersionSettings(**{"environment": "current"} | chosen)

    def call(
        folder: Path, *, kind: str = "features", **settings: object
    ) -> AbstractContextManager[dict[Role, Version]]:
        model = ModelSettings(factory="model:V", input=kind)
        asked = {role: (one(settings, position), model) for position, role in enumerate(Role)}
        return GitVersions().prepare(asked, folder, notes.append)

    return call


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make wheels in the only place where uv looks; numpy and pandas are there already."""
    folder = tmp_path / "wheels"
    folder.mkdir()

    def make(name: str, version: str) -> Path:
        file = folder / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(file, "w") as wheel:
            wheel.writestr(f"{name}.py", f"VERSION = {version!r}\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
        return file

    (tmp_path / "uv.toml").write_text(f"no-index = true\nfind-links = ['{folder}']\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    for name, version in (("numpy", "1.0"), ("numpy", "2.0"), ("pandas", "2.0"), ("lib", "1.0"), ("lib", "2.0")):
        make(name, version)
    return make
