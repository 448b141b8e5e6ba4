"""The house holds: imports one way, style, types, and nothing heavy at the door."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gate.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def command(*words):
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("lint-imports",),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
    ],
    ids=["imports go one way", "style", "format", "types"],
)
def test_the_house_is_in_order(words):
    done = command(BIN / words[0], *words[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from gate.cli.main import cli; cli.main(['--help'], standalone_mode=False);"
        "heavy = {'numpy', 'pandas', 'scipy', 'rich', 'jinja2', 'git', 'matplotlib', 'msgspec'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = command(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("module", "packages"), [("git", {"versions", "git_history"}), ("github", {"github"})])
def test_only_one_package_names_git_and_one_names_github(module, packages):
    naming = [
        path
        for path in (ROOT / "gate").rglob("*.py")
        if re.search(rf"^\s*(import {module}(\s+#.*)?$|from {module}(\.\w+)* import )", path.read_text(), re.MULTILINE)
    ]
    assert {path.parent for path in naming} == {ROOT / "gate" / "adapters" / package for package in packages}


def test_every_command_has_an_example():
    for name in COMMANDS:
        done = command(sys.executable, "-m", "gate", name, "--help")
        assert done.returncode == 0
        assert re.search(r"\n  Examples?:\n    gate ", done.stdout)  # on lines of their own
