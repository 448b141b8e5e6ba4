"""This repository runs what `gate init` writes, and three linters have nothing to say of either."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from gate.report.workflows import (
    ACTIONS,
    FOLDER,
    NAMES,
    REQUIREMENTS,
    WorkflowSettings,
    path_of,
    same,
    settings_in,
    workflow,
)

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
OURS = WorkflowSettings(source="checkout", shards=2)
THEIRS = [WorkflowSettings(), WorkflowSettings(config="models/gate.toml", python="3.11", shards=4, minutes=90)]
USES = re.compile(r"(?<!\w)uses: (?!\./)(.*)")


def linted(*words):
    done = subprocess.run((BIN / words[0], *words[1:]), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Every file that there is to lint: this repository's, and two users'."""
    found = [*sorted((ROOT / FOLDER).glob("*.yml"))]
    for number, settings in enumerate(THEIRS):
        folder = tmp_path_factory.mktemp(f"user{number}") / FOLDER
        folder.mkdir(parents=True)
        for name in NAMES:
            (folder / f"{name}.yml").write_text(workflow(name, settings))
            found.append(folder / f"{name}.yml")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_this_repository_runs_what_gate_init_writes(name):
    assert (ROOT / path_of(name)).read_text() == workflow(name, OURS)


def test_zizmor_finds_nothing(files):
    linted("zizmor", "--offline", "--no-progress", "--persona=regular", "action.yml", *files)


def test_actionlint_finds_nothing(files):
    linted("actionlint", "-shellcheck", BIN / "shellcheck", *files)


def test_the_schemas_of_workflows_and_actions_are_met(files):
    linted("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    linted("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")


def test_what_is_ignored_has_its_reason_beside_it(files):
    for file in (*files, ROOT / "action.yml"):
        for reason in re.findall(r"(?:zizmor: ignore\[[\w-]+\]|shellcheck disable=\w+)(.*)", file.read_text()):
            assert len(reason.split()) >= 4


def test_the_shell_of_the_action_is_in_order(tmp_path):
    steps = re.findall(r"      run: \|\n((?:        .*\n)+)", (ROOT / "action.yml").read_text())
    assert len(steps) == 2
    for number, step in enumerate(steps):
        (tmp_path / f"{number}.sh").write_text("#!/bin/bash\n" + dedent(step))
        linted("shellcheck", tmp_path / f"{number}.sh")


def test_every_action_of_others_is_pinned_to_a_commit_with_its_version_beside(files):
    for file in (*files, ROOT / "action.yml"):
        assert set(USES.findall(file.read_text())) <= set(ACTIONS.values())
    for action in ACTIONS.values():
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_a_workflow_is_about_a_page(files):
    for file in files:
        assert len(file.read_text().splitlines()) <= 130


@pytest.mark.parametrize("settings", [OURS, *THEIRS])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_what_it_was_written_with(name, settings):
    assert settings_in(workflow(name, settings)) == settings


def test_a_file_that_was_changed_by_hand_is_known():
    text = workflow("gate", OURS)
    assert same(text, "gate")
    assert same(text.replace("(gate 0.1.0)", "(gate 0.0.9)").replace("\n", "\r\n"), "gate")
    assert not same(text.replace("persist-credentials: false", "persist-credentials: true"), "gate")
    assert not same(text, "publish")


@pytest.mark.parametrize(
    "text", ["", "name: gate", "# Written by `gate init` (gate 1): shards=x", '# Written by `gate init` (gate 1): "']
)
def test_a_file_of_somebody_elses_says_nothing(text):
    assert settings_in(text) is None


def test_the_requirements_are_owned_by_who_owns_the_workflows():
    assert REQUIREMENTS.startswith(".github/")
