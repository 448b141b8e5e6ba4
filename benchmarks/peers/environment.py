"""Where the peers live: an environment of their own, with the model's packages in the versions that run here."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.error_rates.cpu import ROOT
from gate.adapters.runner.process import clean_environment
from gate.adapters.versions import installer

PINNED = {"pytest-benchmark": "5.3.1", "pytest": "9.2.0", "asv": "0.6.6", "asv-runner": "0.3.2"}
OF_THE_MODEL = ("numpy", "scipy", "scikit-learn", "hmmlearn")
GET_HYPERFINE = (
    "hyperfine is not here: `apt-get install hyperfine`, `brew install hyperfine` or `cargo install hyperfine`"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Programs, and the variables that they get."""

    python: Path
    hyperfine: Path | None
    variables: dict[str, str]
    versions: dict[str, str]


def installed(folder: Path) -> Environment:
    """Build what is missing of it."""
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    wanted = {**PINNED, **{name: version(name) for name in OF_THE_MODEL}}
    if not python.exists():
        installer.uv(["venv", "--no-project", "--allow-existing", str(folder)], folder)
    pins = [f"{name}=={number}" for name, number in wanted.items()]
    # Runs write no bytecode, so it is written now: else every cold run would compile.
    installer.uv(["pip", "install", "--compile-bytecode", "--python", str(python), *pins], folder)
    hyperfine = find_hyperfine(folder)
    versions = dict(PINNED)
    if hyperfine is not None:
        versions["hyperfine"] = subprocess.check_output([hyperfine, "--version"], text=True).split()[-1]
    variables = {**clean_environment(), "PYTHONPATH": str(ROOT)}
    return Environment(python=python, hyperfine=hyperfine, variables=variables, versions=versions)


def find_hyperfine(folder: Path) -> Path | None:
    """Its program: in the environment, on PATH, or out of Debian's package, which needs no root to be unpacked."""
    kept = folder / "bin" / "hyperfine"
    if found := shutil.which("hyperfine", path=f"{kept.parent}{os.pathsep}{os.environ.get('PATH', '')}"):
        return Path(found)
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    with tempfile.TemporaryDirectory() as scratch:
        got = subprocess.run(["apt-get", "download", "hyperfine"], cwd=scratch, capture_output=True, check=False)
        for package in Path(scratch).glob("hyperfine*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, scratch], check=True)
            shutil.copy(Path(scratch) / "usr" / "bin" / "hyperfine", kept)
        return kept if got.returncode == 0 and kept.exists() else None
