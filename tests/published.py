"""A repository on the hub with a small model, what `gate observe` really said of a good and of a flickering version of
it, and one publish of either."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from gate.adapters.github import Client, Connection, GitHubHost, Pace
from gate.adapters.observation_store import ObservationArchive
from gate.domain.publication import Run
from gate.usecases.publish import Publisher
from gate.usecases.publishing.request import Request
from tests.end_to_end.conftest import CONFIG, DETECTOR, bars

PUBLISH = dict.fromkeys(("checks", "issues", "pull_requests", "statuses"), "write") | dict.fromkeys(
    ("actions", "contents", "metadata"), "read"
)
"""What publish.yml gives its job."""
PATIENT = Pace(answer=10, call=20.0, whole=30.0, tries=3, backoff=0.01, between=0.0, between_writes=0.0)
"""Only a test that asks about slowness is quick to give up an answer: a busy machine holds a hub up for seconds."""
QUICK = replace(PATIENT, answer=1, call=8.0)
WORKFLOW = ".github/workflows/gate.yml"
SMOOTH = "level[bar] = 0.94 * level[bar - 1] + 0.06 * returns[bar]"
SMALL = CONFIG.replace("windows = 30", "windows = 12").replace("pairs_max = 8", "pairs_max = 3") + (
    '\n[sandbox]\nlevel = "off"\n\n[limits]\ncpu = { blocking = false }\n'
)
"""On a machine that everybody shares CPU decides nothing here."""
FILES = {"detector.py": DETECTOR, "gate.toml": SMALL, "bars.csv": bars(420), WORKFLOW: "on: pull_request\n"}
FLICKERING = {"detector.py": DETECTOR.replace(SMOOTH, "level[bar] = returns[bar]")}
MENDED = {"detector.py": DETECTOR.replace(SMOOTH, SMOOTH + "  # as before")}


# ------------------------------------------------------------------ observed once


def observed(folder: Path) -> dict[str, bytes]:
    """`gate observe` of both versions, zipped as upload-artifact does; whoever comes first works, the others wait."""
    done = folder / "done"
    try:
        (folder / "begun").mkdir(parents=True)
    except FileExistsError:
        for _ in range(2400):
            if done.exists():
                break
            time.sleep(0.1)
    else:
        observe(folder)
        done.touch()
    return {name: (folder / f"{name}.zip").read_bytes() for name in ("good", "bad")}


def observe(folder: Path) -> None:
    """In a plain git repository with the hub's own commits."""
    from tests.hub import Hub  # noqa: PLC0415

    hub = Hub(folder / "hub")
    repository = hub.repository("quant/models", FILES)
    base = repository.sha("main")
    heads = {"bad": repository.commit(FLICKERING, branch="change"), "good": repository.commit(MENDED, branch="change")}
    checkout = folder / "checkout"
    subprocess.run(("git", "clone", "-q", repository.git.path, checkout), check=True)
    for name, head in heads.items():
        words = ("--baseline", base, "--candidate", head, "--output", folder / name / "observations", "--quiet")
        command = (sys.executable, "-m", "gate", "observe", *words)
        environment = {**os.environ, "GATE_CACHE_DIR": str(folder / "cache")}
        subprocess.run(command, cwd=checkout, env=environment, check=True)
        (folder / f"{name}.zip").write_bytes(zipped(folder / name / "observations"))


def zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return packed.getvalue()


def rewritten(packed: bytes, change) -> bytes:
    """The same archive with another observations.json."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(members["observations.json"])
    change(document)
    members["observations.json"] = json.dumps(document).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


# ------------------------------------------------------------------ the scene


@dataclass
class Scene:
    """quant/models with one pull request from `change`."""

    hub: object
    zips: dict[str, bytes]
    repository: object = None
    pull: object = None
    token: object = None
    source: object = None
    pace: Pace = field(default_factory=lambda: PATIENT)

    @property
    def head(self) -> str:
        return self.pull.head_sha

    @property
    def base(self) -> str:
        return self.pull.base_sha

    def push(self, files) -> str:
        return (self.source or self.repository).commit(files, branch="change")

    def claims(self, run, **changed):
        """What the observations say of where they come from."""
        origin = {
            "repository": self.repository.full_name,
            "run_id": run.id,
            "head_sha": run.head_sha,
            "base_sha": self.base,
        } | changed

        def change(document):
            document["origin"] = origin
            document["versions"]["candidate"]["sha"] = origin["head_sha"]
            document["versions"]["baseline"]["sha"] = origin["base_sha"]

        return change

    def run(self, kind="good", *, artifact=None, change=None, origin=None, **how):
        """A benchmark run of the head; `kind` says what it observed, `artifact` overrides all of it."""
        how = {"conclusion": "success" if kind == "good" else "failure"} | how
        path = how.pop("path", WORKFLOW)
        run = self.hub.run(
            self.repository,
            path,
            how.pop("head", self.head),
            head_branch=how.pop("branch", "change"),
            head_repository=self.source,
            **how,
        )
        if artifact is None and kind is not None:
            artifact = rewritten(self.zips[kind], self.claims(run, **(origin or {})))
            artifact = rewritten(artifact, change) if change else artifact
        if artifact is not None:
            self.hub.artifact(self.repository, run, "gate-observations", artifact)
        return run

    def request(self, run, **more) -> Request:
        return Request(run=self.described(run), **more)

    def described(self, run) -> Run:
        """The run as the event brings it, read with the adapter that reads it in a job."""
        from gate.adapters.actions import ActionsJob  # noqa: PLC0415
        from tests.hub import events  # noqa: PLC0415

        event = events.workflow_run(self.hub, self.repository, run)
        path = event.write(self.hub.folder / f"event-{run.id}.json")
        return ActionsJob({"GITHUB_EVENT_PATH": str(path), "GITHUB_EVENT_NAME": "workflow_run"}).started_by()

    def client(self, token=None) -> Client:
        secret = (token or self.token).secret
        where = Connection(repository=self.repository.full_name, token=secret, api_url=self.hub.api, pace=self.pace)
        return Client(where)

    def publish(self, run, *, dry_run=False, nearby=None, **more):
        with self.client() as client:
            publisher = Publisher(host=GitHubHost(client, nearby), archive=ObservationArchive())
            return publisher.publish(self.request(run, **more), dry_run=dry_run)

    # -------------------------------------------------------------- what is seen afterwards

    def statuses(self, sha=None, context="gate"):
        """Newest last."""
        return [one for one in self.repository.statuses if one.sha == (sha or self.head) and one.context == context]

    def state(self, sha=None) -> str:
        found = self.statuses(sha)
        return found[-1].state if found else ""

    def comments(self):
        return [one for one in self.repository.comments.values() if one.user == "github-actions[bot]"]

    @property
    def comment(self) -> str:
        (only,) = self.comments()
        return only.body

    def checks(self, sha=None):
        return [one for one in self.repository.checks.values() if one.head_sha == (sha or self.head)]

    @property
    def labels(self):
        return set(self.repository.issues[self.pull.number].labels)


def scene(hub, zips, *, fork=False, files=FLICKERING) -> Scene:
    made = Scene(hub=hub, zips=zips)
    made.repository = hub.repository("quant/models", FILES)
    made.token = hub.token("publish", PUBLISH)
    made.source = hub.fork(made.repository, "stranger") if fork else None
    made.push(files)
    made.pull = hub.open_pull_request(made.repository, made.source or "change", branch="change", user="stranger")
    return made
