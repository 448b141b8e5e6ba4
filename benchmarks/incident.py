"""One whole incident from trigger to closed, by the commands a person would give: `python -m benchmarks.incident`.

Makes a scratch repository with a model that trades (v1.0.0), merges a version whose regimes flicker, and plays what
follows for real: verdict, alert, incident, rollback, proof, culprit, root cause, fix, restored, post-mortem, closed,
and the checklist before the next deployment. Prints each command with its exit code and how long it took, and the steps
against their deadlines. `--output FOLDER` keeps the files; reports/example-incident/ was made so. Needs the test extra.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gate.domain.alert import Alert, AlertKind, Delivery, Fact, Sent, Severity
from gate.domain.rollback import Level
from gate.domain.verdict import Outcome, VerdictRecord
from gate.judging.incidents import told
from gate.wiring.incidents import Place, keeper
from tests.end_to_end.conftest import CONFIG, DETECTOR, bars

SMOOTH = "level[bar] = 0.94 * level[bar - 1] + 0.06 * returns[bar]"
SETTINGS = CONFIG.replace("pairs_max = 8", "pairs_max = 3") + (
    '\n[sandbox]\nlevel = "off"\n\n[limits]\ncpu = { blocking = false }\n\n[incidents]\ncomponent = "Signals"\n'
)
"""On a machine that everybody shares CPU decides nothing here."""
KEPT = ("gate-out/verdict.json", "gate-out/report.md", "culprit.json", "reports")
WHO = {f"GIT_{role}_{what}": "ann" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Stage:
    """The scratch repository, its remote, and the commands given in it."""

    def __init__(self, folder: Path):
        self.folder, self.remote = folder / "desk", folder / "remote.git"
        self.log: list[str] = []
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GH_", "GIT_"))}
        self.environment = kept | WHO | {"GIT_CONFIG_GLOBAL": os.devnull, "GATE_CACHE_DIR": str(folder / "cache")}
        self.folder.mkdir(parents=True)
        subprocess.run(("git", "init", "-q", "--bare", "-b", "main", self.remote), check=True)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", "../remote.git")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ("git", *words), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str, **files: str) -> str:
        for name, content in files.items():
            (self.folder / name.replace("__", ".")).write_text(content)
            self.git("add", name.replace("__", "."))
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def gate(self, *words: str, ends: int = 0, quiet: bool = False) -> str:
        """A command in a process of its own; it must end as it is said to."""
        started = time.monotonic()
        done = subprocess.run(
            (sys.executable, "-m", "gate", *words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        shown = " ".join(f'"{word}"' if " " in word else word for word in words)
        print(f"[{done.returncode}] gate {shown}  ({time.monotonic() - started:.1f} s)", flush=True)
        self.log.append(f"gate {shown}    # exit code {done.returncode}")
        if done.returncode != ends:
            raise SystemExit(f"it should have ended with {ends}:\n{done.stdout}{done.stderr}")
        if not quiet:
            print("".join(f"    {line}\n" for line in done.stdout.splitlines()[:40]), end="")
        return done.stdout


def the_desk(folder: Path) -> tuple[Stage, str, str]:
    """v1.0.0 trades; a version whose regimes flicker is merged. The stage, the culprit, and what is deployed."""
    stage = Stage(folder)
    ready = ("emergency_rollback.sh", "verify_system.sh")
    (stage.folder / "scripts").mkdir()
    for name in ready:
        shutil.copy(Path(__file__).parent.parent / "scripts" / name, stage.folder / "scripts" / name)
    stage.git("add", "scripts")
    stage.commit("The model that trades", detector__py=DETECTOR, gate__toml=SETTINGS, bars__csv=bars())
    stage.git("tag", "-a", "v1.0.0", "-m", "stable")
    stage.git("switch", "-q", "-c", "faster")
    faster = DETECTOR.replace(SMOOTH, "level[bar] = returns[bar]").replace("quantile=0.75", "quantile=0.5")
    culprit = stage.commit("Faster regimes", detector__py=faster)
    stage.git("switch", "-q", "main")
    stage.commit("Other work", notes__txt="one\n")
    stage.git("merge", "-q", "--no-ff", "-m", "Merge pull request #8 from ann/faster", "faster")
    stage.git("push", "-q", "origin", "main", "--tags")
    return stage, culprit, stage.git("rev-parse", "HEAD")


def trigger(stage: Stage, deployed: str) -> str:
    """What a monitor does with a breach: an alert, its incident, and who was told. The incident's id."""
    verdict = msgspec.json.decode((stage.folder / "gate-out/verdict.json").read_bytes(), type=VerdictRecord)
    breached = [one for one in verdict.judgements if one.outcome is Outcome.FAIL and one.blocking]
    now = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    alert = Alert(
        id="example-1",
        key="gate:after-merge:regime_change_rate",
        kind=AlertKind.FIRING,
        severity=Severity.CRITICAL,
        at=now,
        title=f"{verdict.verdict.value}: {len(breached)} limits breached after the merge",
        text=verdict.reason,
        facts=tuple(Fact(name=one.metric, value=one.sentence) for one in breached),
    )
    heard = Delivery(alert=alert.id, channel="terminal", outcome=Sent.DELIVERED, at=now)
    place = Place(root=stage.folder)
    with keeper(place, print, issue=False) as kept:
        made = kept.opened(alert)
        made = msgspec.structs.replace(made, version=deployed, level=int(Level.VERSION), component="Signals")
        kept.book.write(made)
        return kept.noted(made.id, told(heard)).id


def play(folder: Path) -> tuple[Stage, str]:
    """From trigger to closed."""
    stage, culprit, deployed = the_desk(folder)
    stage.gate("drill", "--quiet")
    stage.gate("run", "--baseline", "v1.0.0", "--candidate", "HEAD", "--after-merge", "-o", "gate-out", "--quiet",
               "--no-pictures", ends=1)  # fmt: skip
    name = trigger(stage, deployed)
    print(f"    the trigger opened {name}")
    stage.gate("incident", "note", name, "--public", "Signals are delayed while we look into it.", "--by", "ann")
    stage.gate("rollback", "version", "--merge", deployed, "--reason", "regimes flicker", "--state", "bars.csv")
    record = newest(stage, "reports/rollbacks")
    branch = msgspec.json.decode((stage.folder / record).read_bytes())["plan"]["branch"]
    stage.git("fetch", "-q", "origin")
    stage.git("merge", "-q", "--ff-only", f"origin/{branch}")  # what merging its pull request does
    stage.git("push", "-q", "origin", "main")
    stage.gate("verify", "--record", record, "--state", "bars.csv", "--against", "v1.0.0")
    proof = newest(stage, "reports/verifications")
    found = stage.gate("culprit", "--good", "v1.0.0", "--bad", deployed, "--json", quiet=True)
    (stage.folder / "culprit.json").write_text(found)
    stage.gate("incident", "mark", name, "root-cause", "--by", "ann", "--proof", "culprit.json", "--text",
               f"{culprit[:12]} dropped the smoothing of the level, so every bar could change the regime")  # fmt: skip
    fix = DETECTOR.replace("0.94", "0.93").replace("0.06", "0.07")
    stage.commit("Faster regimes, smoothed", detector__py=fix)
    stage.git("push", "-q", "origin", "main")
    stage.gate("incident", "mark", name, "fix-deployed", "--by", "ann", "--text", "smoothed again, a little faster")
    stage.gate("incident", "mark", name, "restored", "--by", "ann", "--proof", proof)
    stage.gate("incident", "note", name, "--lessons", "a merge is gated before it is merged, not after", "--by", "ann")
    stage.gate("incident", "note", name, "--owners", "ann", "--by", "ann")
    stage.gate("incident", "note", name, "--follow-up", "require the gate's check on main", "--by", "ann")
    stage.gate("incident", "note", name, "--public", "Signals are back to normal.", "--by", "ann")
    stage.gate("incident", "postmortem", name, "--from", "gate-out/verdict.json", "--write", quiet=True)
    stage.gate("incident", "mark", name, "documented", "--by", "ann", "--proof", f"reports/incidents/{name}.md")
    stage.gate("incident", "close", name, "--by", "ann")
    stage.gate("incident", "show", name)
    return stage, name


def checked(stage: Stage) -> None:
    """The list before the next deployment: drill, proof, a person's word; what has no evidence stays open."""
    stage.gate("checklist", "before", "--tick", "Team notified of deployment", "--by", "ann", "--note", "in #trading",
               "--write", "reports/checklists/before.md", ends=1)  # fmt: skip


def newest(stage: Stage, folder: str) -> str:
    path = max((stage.folder / folder).glob("*.json"))
    return path.relative_to(stage.folder).as_posix()


def keep(stage: Stage, output: Path) -> None:
    """The files, and the commands that made them."""
    shutil.rmtree(output, ignore_errors=True)
    for name in KEPT:
        source, target = stage.folder / name, output / name.removeprefix("gate-out/")
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    for left in output.rglob(".*"):
        left.unlink()
    lines = [
        "# Made by `python -m benchmarks.incident --output reports/example-incident`",
        "",
        "```sh",
        *stage.log,
        "```",
    ]
    (output / "README.md").write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="keep the files here")
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory(prefix="incident-") as place:
        stage, _ = play(Path(place))
        checked(stage)
        if output:
            keep(stage, output)


if __name__ == "__main__":
    main()
