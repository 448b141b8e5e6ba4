"""For real: 64 commits of a hidden Markov model of which one is x1.5 slower, timed; and of a detector that looks ahead.

Whatever else the machine does is in the timings: run it when it is quiet.
"""

import os
import random
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from benchmarks.culprit.rig import BROKEN, History
from benchmarks.error_rates.figures import Figure, share
from gate import wiring
from gate.config import parse
from gate.domain.culprit import Outcome
from gate.ports.culprit import LineAsked
from gate.usecases.culprit import CulpritQuestion
from gate.usecases.evaluating import Silent
from gate.usecases.observe import Question

ROOT = Path(__file__).parent.parent.parent
SEED = 20_251_128
COMMITS = 64

SLOW = """\
import time
import hmm

TIMES = {times}


class Detector(hmm.RegimeDetector):
    def fit(self, X):
        started = time.process_time()
        super().fit(X)
        until = started + TIMES * (time.process_time() - started)
        while time.process_time() < until:
            pass
        return self
"""
AHEAD = """\
import numpy as np

REACH = {reach}


class Detector:
    def __init__(self, random_state=0):
        self.cut = 0.0

    def level(self, X):
        moves = np.pad(np.abs(X[:, 0]), (0, REACH), mode="edge")
        return np.convolve(moves, np.ones(21) / 21)[REACH : REACH + len(X)]

    def fit(self, X):
        self.cut = np.quantile(self.level(np.array(X)), 0.75)

    def predict(self, X):
        return (self.level(np.array(X)) > self.cut).astype(int)

    def predict_proba(self, X):
        return np.where(self.predict(X)[:, None] == np.arange(2), 0.96, 0.04)
"""
SETTINGS = """
[data]
sources = ["arch:sp500"]
[model]
factory = "model:Detector"
[run]
train = {train}
test = 21
windows = 20
seeds = 1
[calibration]
enabled = false
[limits.training_failures]
blocking = false
[limits.prediction_errors]
blocking = false
"""


@contextmanager
def cache(folder):
    """A cache of the benchmark's own: nothing is known before."""
    with mock.patch.dict(os.environ, {"GATE_CACHE_DIR": str(folder)}):
        yield


def history_of(folder, text, before, after, culprit, blind):
    """64 commits, the culprit's and all later ones with `after`."""
    history = History(folder)
    (history.folder / "hmm.py").write_text((ROOT / "benchmarks" / "models" / "v1.py").read_text())
    history.good = history.commit("good", model=text.format(**before))
    texts = [text.format(**(after if number >= culprit else before)) for number in range(1, COMMITS + 1)]
    return history, history.steps([BROKEN if number in blind else text for number, text in enumerate(texts, 1)])


def searched(history, metric, train):
    """The gate's own search."""
    settings = parse(SETTINGS.format(train=train), "benchmark")
    asked = Question(settings=settings, folder=history.folder)
    line = LineAsked(folder=history.folder, good=history.good, bad="HEAD")
    with wiring.local_runner() as runner:
        finder = wiring.culprit_finder(Silent(), runner, asked, history.folder.parent / "kept")
        return finder.find(CulpritQuestion(line=line, metrics=(metric,)))


def slower(placements):
    """x1.5 in the fit, by CPU pairs."""
    return [
        told for number in range(placements) if (told := one(number, SLOW, "cpu", 1000, {"times": 1.0}, {"times": 1.5}))
    ]


def ahead(placements):
    """Ten bars ahead, by repaint; a tenth of the commits does not parse."""
    return [
        told
        for number in range(placements)
        if (told := one(number, AHEAD, "repaint", 250, {"reach": 0}, {"reach": 10}))
    ]


def one(number, text, metric, train, before, after):
    """One placement: (right, wrong, what it took, seconds)."""
    order = random.Random(SEED + number)
    culprit = order.randrange(2, COMMITS)
    blind = set(order.sample(range(1, COMMITS), COMMITS // 10)) - {culprit, culprit - 1}
    with tempfile.TemporaryDirectory() as folder, cache(Path(folder) / "cache"):
        history, shas = history_of(Path(folder) / "repo", text, before, after, culprit, blind)
        found = searched(history, metric, train)
    (finding,) = found.findings
    right = finding.outcome is Outcome.FOUND and finding.culprit.sha == shas[culprit - 1]
    wrong = finding.outcome is Outcome.FOUND and not right
    took = finding.pairs or finding.evaluations
    said = f"{finding.reading.change:.2f}x of its parent" if finding.reading and finding.reading.change else ""
    print(f"  {metric}: commit {culprit} of {COMMITS}, {finding.outcome} after {took} "
          f"{'pairs' if finding.pairs else 'evaluations'}, {found.seconds:.0f} s {said}{' WRONG' if wrong else ''}",
          flush=True)  # fmt: skip
    return right, wrong, took, found.seconds


def figures(timed=3, certain=2):
    """Three timed, two judged."""
    slow, judged = slower(timed), ahead(certain)
    return [
        Figure(name="for real, x1.5: pairs on average", value=sum(t[2] for t in slow) / timed, at_most=25.0),
        share("for real, x1.5: an innocent commit accused", sum(t[1] for t in slow), timed, at_most=0.0),
        share("for real, x1.5: found", sum(t[0] for t in slow), timed),
        Figure(name="for real, x1.5: wall time of a search", value=sum(t[3] for t in slow) / timed, unit=" s"),
        Figure(name="for real, look-ahead: evaluations, the most", value=max(t[2] for t in judged), at_most=8),
        share("for real, look-ahead: found", sum(t[0] for t in judged), certain, at_least=1.0),
        Figure(
            name="for real, look-ahead: wall time of a search", value=sum(t[3] for t in judged) / certain, unit=" s"
        ),
    ]
