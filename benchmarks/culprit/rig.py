"""A real git history whose files say what an evaluation would find, and an evaluator that reads them there.

`model.py` has lines `repaint = 0.05` and `cpu = 1.5`; a text that does not parse, raises or hangs does so.
"""

import math
import random
import re
import subprocess

from gate.adapters.culprit_journal import JournalFiles
from gate.adapters.versions import GitHistory
from gate.domain.culprit import Evaluation, Said, Untestable
from gate.domain.limit import Limit
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.errors import VersionError
from gate.ports.culprit import LineAsked, Pairing
from gate.usecases.culprit import CulpritFinder, CulpritQuestion
from gate.usecases.evaluating import Silent, problem

IDENTITY = ("-c", "user.name=Ann", "-c", "user.email=ann@example.invalid", "-c", "commit.gpgSign=false")
WELL = "repaint = 0.0\n\n\n\n\ncpu = 1.0\n"
BROKEN = "repaint = = 0.0\n"
LIMIT = 0.02


class History:
    """A repository that is made a commit at a time."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "-b", "main")
        self.good = self.commit("v1", model=WELL)

    def git(self, *arguments):
        command = ["git", *IDENTITY, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, subject, *, body="", **files):
        """Write files (`model` is model.py) and commit them."""
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", subject, *(["-m", body] if body else []))
        return self.git("rev-parse", "HEAD")

    def steps(self, texts):
        """One commit a text, each different from all others."""
        return [self.commit(f"Step {n} (#{n})", model=f"{text}# {n}\n") for n, text in enumerate(texts, 1)]


class ByContent:
    """Implements the port Evaluator: what the commit's own files say. Keeps count of what it was asked."""

    def __init__(self, folder, *, spread=0.0, seed=0, diary=None):
        self.folder, self.history, self.diary = folder, GitHistory(), diary
        self.random, self.spread = random.Random(seed), spread
        self.evaluated, self.timed = [], []

    def question(self):
        return "this machine"

    def policy(self, metrics):
        return "whole" if metrics is None else "trimmed"

    def look(self, commit):
        return commit.blocked or problem("model.py", self._text(commit).encode())

    def evaluate(self, good, commit, metrics):
        self._note("begun", commit)
        self.evaluated.append(commit.sha)
        text = self._text(commit)
        if "raise" in text:
            found = Evaluation(judgements=(judged("strategy_crashes", 1.0, fails=True),), untestable="ImportError: no")
        elif "uninstallable" in text:
            raise VersionError("requirements.txt cannot be installed")
        else:
            value = number(text, "repaint")
            repaint = judged("repaint", value, fails=value > LIMIT)
            found = Evaluation(
                judgements=(repaint, judged("strategy_crashes", 0.0, fails="hangs" in text)), timed_out="hangs" in text
            )
        self._note("done", commit)
        return found

    def pair(self, commit, beside, metric, number_):
        self.timed.append((commit.sha, beside.sha))
        for one in (beside, commit):
            if "raise" in self._text(one):
                return Pairing(failed=one, said=Said.UNTESTABLE, error="ImportError: no")
            if "hangs" in self._text(one):
                return Pairing(failed=one, error="a timed run did not end in time")
        ratio = number(self._text(commit), "cpu") / number(self._text(beside), "cpu")
        noise = self.random.gauss(0.0, self.spread) if self.spread else 0.0
        return Pairing(logs={"fit": math.log(ratio) + noise, "predict": 0.0, "whole process": 0.0})

    def _text(self, commit):
        return self.history.sources(self.folder, commit, ["model.py"]).get("model.py", b"").decode()

    def _note(self, what, commit):
        if self.diary:
            with self.diary.open("a") as file:
                file.write(f"{what} {commit.sha}\n")


def number(text, name):
    return float(re.search(rf"^{name} = (.*)$", text, re.MULTILINE)[1])


def judged(metric, value, *, fails):
    return Judgement(
        metric=metric,
        outcome=Outcome.FAIL if fails else Outcome.PASS,
        reason=Reason.ABOVE_LIMIT if fails else Reason.WITHIN_LIMIT,
        sentence=f"{metric}: {value}",
        blocking=True,
        candidate=value,
        limit=Limit(max=LIMIT),
    )


def finder(folder, cache, evaluator):
    return CulpritFinder(
        history=GitHistory(), journal=JournalFiles(cache), evaluator=evaluator, progress=Silent()
    )  # fmt: skip


def asked(folder, good, bad="HEAD", *, metrics=("repaint",), rule=Untestable.SKIP, paths=(), reverted=()):
    line = LineAsked(folder=folder, good=good, bad=bad, paths=paths, reverted=reverted)
    return CulpritQuestion(line=line, metrics=metrics, untestable=rule)
