"""The workflows run for real: `act` executes the files, GitHub's real payloads start them, a hub holds the repository.

Actions are stood in for by small composite ones under `actions/`. `act` models neither permissions, environments,
concurrency nor time limits: what a job's token may do is the hub's to hold.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gate.report.workflows import ACTIONS, NAMES, REQUIREMENTS, WorkflowSettings, path_of, workflow
from tests.end_to_end.conftest import bars

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
ACT = Path(sys.executable).parent / "act"
ARTIFACT = "gate-observations"
SETTINGS = WorkflowSettings(shards=2)
DETECTOR = '''
"""Two regimes by volatility; numpy alone, so that a process starts at once."""
import numpy as np


class Detector:
    def fit(self, features):
        self.cut = np.quantile(features[:, 1], 0.75)

    def predict(self, features):
        return (features[:, 1] > self.cut).astype(int)

    def predict_proba(self, features):
        return np.where(self.predict(features)[:, None] == np.arange(2), 0.96, 0.04)
'''
FLICKERING = DETECTOR.replace(
    "(features[:, 1] > self.cut).astype(int)", "(np.arange(len(features)) + int(abs(features[-1, 0]) * 1e4)) % 2"
)
assert FLICKERING != DETECTOR
CONFIG = """
[data]
sources = ["bars.csv", "more.csv"]

[model]
factory = "detector:Detector"

[run]
train = 60
test = 80
windows = 4
seeds = 1
context = 30

[timing]
calls = 10
pairs_min = 1
pairs_max = 2
identical = 0

[calibration]
enabled = false

[limits]
training_failures = { blocking = false }
"""
OWN = """
name: own
on: workflow_dispatch
permissions: {}
jobs:
  own:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          fetch-depth: 0
          persist-credentials: false
      - id: gate
        uses: regime-gate/gate@0123456789012345678901234567890123456789 # v0.1.0
        with:
          output: out
          baseline: v1.0.0
          args: |
            --after-merge
            --first version
      - run: echo "it says $VERDICT at level '$LEVEL'"
        env:
          VERDICT: ${{ steps.gate.outputs.verdict }}
          LEVEL: ${{ steps.gate.outputs.level }}
"""
ACTION = "regime-gate/gate@0123456789012345678901234567890123456789"

FILES = {
    "detector.py": DETECTOR,
    "bars.csv": bars(400, seed=3),
    "more.csv": bars(400, seed=4),
    "gate.toml": CONFIG,
    path_of("own"): OWN,
    REQUIREMENTS: "regime-gate\n",
    **{path_of(name): workflow(name, SETTINGS) for name in NAMES},
}

GATE = """#!{python}
import json, os, subprocess, sys
from pathlib import Path

words = sys.argv[1:]
head = subprocess.run(("git", "rev-parse", "HEAD"), capture_output=True, text=True).stdout.strip()
secrets = [
    name for name, value in os.environ.items() if os.environ["RIG_SECRET"] in value and not name.startswith("RIG_")
]
told = {{"words": words, "head": head, "secrets": secrets, "switch": os.environ.get("GATE_ROLLBACK", "")}}
with open(os.environ["RIG_LOG"], "a") as log:
    log.write(json.dumps(told) + "\\n")
if words[0] not in os.environ["RIG_STUBBED"].split():
    os.execv(sys.executable, [sys.executable, "-m", "gate", *words])
if os.environ["RIG_FAILS"] and os.environ["RIG_FAILS"] in " ".join(words):
    sys.exit(1)
if "--output" in words:
    folder = Path(words[words.index("--output") + 1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("observations.json", "report.md", "verdict.json"):
        (folder / name).write_text('{{"verdict": "PASS", "level": null}}')
"""
PYTHON = """#!/bin/sh
test "$2" = pip && exit 0   # what the jobs install is what the tests are run with
exec {python} "$@"
"""


@dataclass
class Ran:
    """What came of a workflow."""

    code: int
    jobs: dict[str, str]
    """By name: "success" or "failure"; a job that was skipped is not there."""
    calls: list[dict]
    """Every call of `gate`."""
    text: str
    artifacts: Path

    def call(self, verb):
        (one,) = [call for call in self.calls if call["words"][0] == verb]
        return one

    def option(self, verb, name):
        words = self.call(verb)["words"]
        return words[words.index(name) + 1]


@dataclass
class Rig:
    """A repository at the hub, and `act` beside it."""

    hub: object
    folder: Path
    repository: object = None
    base: str = ""
    runs: int = field(default=0)

    def __post_init__(self):
        self.repository = self.hub.repository("quants/regimes", FILES)
        self.base = self.repository.sha("main")
        self.repository.tag("v1.0.0")
        for name, text in (("gate", GATE), ("python", PYTHON)):
            path = self.folder / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.format(python=sys.executable))
            path.chmod(0o755)
        (self.folder / "action").mkdir()
        shutil.copy(ROOT / "action.yml", self.folder / "action")

    def run(self, event, name, *, stubbed="", fails="", token=None, **environment):
        """Execute a workflow of the default branch under an event."""
        self.runs += 1
        folder = self.folder / f"run{self.runs}"
        (folder / "home").mkdir(parents=True)
        self.checkout(folder / "checkout")
        secret = (token or self.hub.token(f"job{self.runs}")).secret
        rig = {
            "RIG_REMOTE": self.repository.clone_url.replace("http://", f"http://x-access-token:{secret}@"),
            "RIG_REF": event.environment["GITHUB_SHA"],
            "RIG_BIN": str(self.folder / "bin"),
            "RIG_ARTIFACTS": str(folder / "artifacts"),
            "RIG_LOG": str(folder / "calls"),
            "RIG_STUBBED": stubbed,
            "RIG_FAILS": fails,
            "RIG_SECRET": secret.removeprefix("ghs_"),
            "GITHUB_API_URL": self.hub.api,
            "GITHUB_SERVER_URL": self.hub.html,
            "GATE_CACHE_DIR": str(self.folder / "cache"),
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        done = subprocess.run(
            (
                *(ACT, event.name, "--eventpath", event.write(folder / "event.json"), "-W", path_of(name)),
                *("-P", "ubuntu-24.04=-self-hosted", "--json", "--secret", f"GITHUB_TOKEN={secret}"),
                *("--action-offline-mode", "--pull=false", "--no-cache-server", "--no-skip-checkout"),
                *(word for action in ACTIONS.values() for word in ("--local-repository", stand_in(action))),
                *("--local-repository", f"{ACTION}={self.folder / 'action'}"),
                *(word for key, value in rig.items() for word in ("--env", f"{key}={value}")),
            ),
            cwd=folder / "checkout",
            env={"PATH": os.environ["PATH"], "HOME": str(folder / "home")},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return self.ran(done, folder)

    def published(self, run, ran):
        """publish.yml, started by the end of a run that left these artifacts; the status that it set."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in (ran.artifacts / ARTIFACT).iterdir():
                archive.write(path, path.name)
        run.status, run.conclusion = "completed", "success" if ran.code == 0 else "failure"
        self.hub.artifact(self.repository, run, ARTIFACT, packed.getvalue())
        told = self.run(self.hub.event("workflow_run", self.repository, run=run), "publish", token=self.publisher())
        assert told.code == 0, told.text
        return [status for status in self.repository.statuses if status.sha == run.head_sha]

    def publisher(self):
        """A token as publish.yml asks for it."""
        asked = re.findall(r"^      ([\w-]+): (read|write) #", FILES[path_of("publish")], re.MULTILINE)
        return self.hub.token("publish", {"metadata": "read", **{name.replace("-", "_"): word for name, word in asked}})

    def checkout(self, folder):
        """Where act finds the workflow's file."""
        subprocess.run(("git", "clone", "--quiet", self.repository.git.path, folder), check=True)
        address = f"https://github.com/{self.repository.full_name}.git"  # act reads the repository's name off it
        subprocess.run(("git", "remote", "set-url", "origin", address), cwd=folder, check=True)

    def ran(self, done, folder):
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        log = folder / "calls"
        return Ran(
            code=done.returncode,
            jobs={line["jobID"] + matrix(line): line["jobResult"] for line in lines if "jobResult" in line},
            calls=[json.loads(line) for line in log.read_text().splitlines()] if log.exists() else [],
            text="".join(f"{line.get('job', '')}: {line['msg'].rstrip()}\n" for line in lines) + done.stderr,
            artifacts=folder / "artifacts",
        )


def matrix(line):
    values = (line.get("matrix") or {}).values()
    return "".join(f" {value}" for value in values)


def stand_in(action):
    name = re.fullmatch(r"actions/([\w-]+)@(\w+) # .*", action)
    return f"actions/{name[1]}@{name[2]}={HERE / 'actions' / name[1]}"


@pytest.fixture
def rig(hub, tmp_path):
    return Rig(hub=hub, folder=tmp_path)
