"""Real repositories with a real remote beside them, and the command as a user calls it."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gate.cli.main import main
from tests.hub.state.issue import Event, Label

WHO = ("-c", "user.name=Ann", "-c", "user.email=ann@example.invalid", "-c", "commit.gpgSign=false")


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def record(self):
        return json.loads(self.out)

    @property
    def plan(self):
        return self.record["plan"]

    @property
    def said(self):
        return self.out + self.err


class Repository:
    """A clone with work in it, and the remote that it was cloned from."""

    def __init__(self, folder, remote=None):
        self.folder = folder
        self.remote = remote
        self.clock = 1_764_000_000  # commits a minute apart: their order never hangs on the machine

    def git(self, *words, check=True, **variables):
        environment = {**os.environ, **variables}
        done = subprocess.run(
            ("git", *WHO, *words), cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout.strip()

    def put(self, name, content):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, message="change", **files):
        """Commit files (dots in names as double underscores); return the SHA."""
        for name, content in files.items():
            self.put(name.replace("__", "."), content)
        return self.record(message)

    def record(self, message):
        self.git("add", "--all")
        self.dated("commit", "-q", "--allow-empty", "-m", message)
        return self.sha()

    def dated(self, *words):
        self.clock += 60
        date = f"@{self.clock} +0000"
        return self.git(*words, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)

    def merge(self, branch, message=None):
        self.dated("merge", "-q", "--no-ff", "-m", message or f"Merge branch '{branch}'", branch)
        return self.sha()

    def sha(self, ref="HEAD"):
        return self.git("rev-parse", ref)

    def tree(self, ref="HEAD"):
        return self.git("rev-parse", f"{ref}^{{tree}}")

    def push(self, *refs):
        self.git("push", "-q", "origin", *(refs or ("--all",)))
        self.git("push", "-q", "--tags", "origin")

    def refs(self):
        """Every ref of the remote."""
        lines = self.remote.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def state(self):
        """All that a rollback must leave alone: refs, HEAD, index, files, stash, settings."""
        kept = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder)
            if path.is_file() and name.parts[0] != "reports":
                kept[str(name)] = path.read_bytes()
        return kept

    def gate(self, *words, **variables):
        """The command, in this process: the same way in and out, without a second of imports."""
        out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setattr("sys.stdin", io.StringIO())
            patch.setattr("signal.signal", lambda *_: None)
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as left:
                main(list(words))
            said = []
            for stream in (out, err):
                stream.flush()
                said.append(stream.buffer.getvalue().decode())
        return Done(left.value.code, *said)

    def process(self, *words, timeout=120, stdin=subprocess.DEVNULL, **variables):
        """The command, in a process of its own."""
        environment = {**os.environ, **variables}
        done = subprocess.run(
            (sys.executable, "-m", "gate", *words),
            cwd=self.folder,
            env=environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def rollback(self, level, *words, **variables):
        """A record of what was done; old commits are no obstacle here."""
        return self.gate("rollback", level, "--max-age", "100000", "--json", *words, **variables)


@pytest.fixture(autouse=True)
def nobodys_git(tmp_path_factory, monkeypatch):
    """No settings, hooks or credentials of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "GATE_"))]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GATE_CACHE_DIR", str(home / "cache"))


def repository_in(folder: Path) -> Repository:
    """An empty clone of an empty remote."""
    remote = Repository(folder / "remote.git")
    remote.folder.mkdir(parents=True)
    remote.git("init", "-q", "--bare", "-b", "main")
    clone = Repository(folder / "work", remote)
    clone.folder.mkdir()
    clone.git("init", "-q", "-b", "main")
    clone.git("remote", "add", "origin", "../remote.git")
    return clone


@pytest.fixture
def empty(tmp_path):
    return repository_in(tmp_path)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """v1.0.0, then a feature merged (M), a squash (S) and two rebased commits (R1, R2), then a hotfix (H)."""
    made = repository_in(tmp_path_factory.mktemp("template"))
    made.commit("the model", model__py="V = 1\n", notes__txt="one\ntwo\nthree\n")
    made.commit("a limit", limit__py="LIMIT = 15\n")
    made.git("tag", "-a", "v1.0.0", "-m", "stable")
    made.git("switch", "-q", "-c", "feature/hmm-v2")
    made.commit("hmm v2: states", states__py="STATES = 3\n")
    made.commit("hmm v2: model", model__py="V = 2\n")
    made.git("switch", "-q", "main")
    made.commit("other work", other__py="OTHER = 1\n")
    made.merged = made.merge("feature/hmm-v2", "Merge pull request #7 from ann/feature/hmm-v2")
    made.squashed = made.commit("Add costs (#8)", costs__py="COST = 5\n")
    made.rebased = [made.commit("log one", log__py="ONE\n"), made.commit("log two", log__py="ONE\nTWO\n")]
    made.hotfix = made.commit("hotfix: limit", limit__py="LIMIT = 14\n")
    made.push()
    return made


@pytest.fixture
def repo(template, tmp_path):
    """The template, a copy for each test."""
    for part in ("remote.git", "work"):
        shutil.copytree(template.folder.parent / part, tmp_path / part, symlinks=True)
    made = Repository(tmp_path / "work", Repository(tmp_path / "remote.git"))
    made.clock = template.clock
    for name in ("merged", "squashed", "rebased", "hotfix"):
        setattr(made, name, getattr(template, name))
    return made


@dataclass
class Served:
    """A clone of a repository at a GitHub on loopback, and the words that reach it."""

    hub: object
    there: object
    repo: Repository
    token: object

    @property
    def environment(self):
        return {
            "GITHUB_API_URL": self.hub.api,
            "GITHUB_REPOSITORY": self.there.full_name,
            "GITHUB_TOKEN": self.token.secret,
        }

    def rollback(self, level, *words, **variables):
        return self.repo.rollback(level, "--open-pr", *words, **{**self.environment, **variables})

    @property
    def pulls(self):
        return [(one.head_branch, self.there.issues[one.number].state) for one in self.there.pulls.values()]

    @property
    def branches(self):
        found = self.there.git.refs("refs/heads")
        return {name.removeprefix("refs/heads/"): sha for name, sha in found.items() if "hotfix" in name}

    def label(self, number, name, by):
        """Put a label on as somebody, who may be one that may only triage."""
        self.there.labels.setdefault(name, Label(id=self.hub.next_id(), name=name, description=""))
        self.there.issues[number].labels.append(name)
        event = Event(id=self.hub.next_id(), issue=number, event="labeled", actor=by, created_at=self.hub.now())
        self.there.events.append(replace(event, label=name))


WRITES = {"contents": "write", "pull_requests": "write", "issues": "write"}


def served_by(hub, repo, permissions=None):
    """The template's history at a hub, cloned."""
    there = hub.repository("acme/models")
    token = hub.token("job", permissions or WRITES)
    there.collaborators["ann"] = "write"
    hub.user("ann")
    repo.git("remote", "set-url", "origin", hub.git_url(there, token))
    source = str(repo.remote.folder)
    there.git.path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ("git", "fetch", "-q", source, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*", "--update-head-ok"),
        cwd=there.git.path,
        check=True,
        capture_output=True,
    )
    return Served(hub, there, repo, token)


@pytest.fixture
def served(hub, repo):
    return served_by(hub, repo)
