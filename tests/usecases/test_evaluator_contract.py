"""One contract for who measures commits: the stand-in that reads them, and the gate that runs them."""

import math

import pytest

from benchmarks.culprit.rig import BROKEN, ByContent, History
from gate import wiring
from gate.config import parse
from gate.domain.culprit import Said
from gate.judging.known import said_of
from gate.ports.culprit import LineAsked
from gate.usecases.evaluating import NOISY, Silent
from gate.usecases.observe import Question

DETECTOR = """\
import time
import numpy as np

repaint = 0.0


cpu = 1.0


class Detector:
    def __init__(self, random_state=0):
        self.cut = 0.0

    def level(self, X):
        reach = 10 if repaint > 0 else 0
        moves = np.pad(np.abs(X[:, 0]), (0, reach), mode="edge")
        return np.convolve(moves, np.ones(21) / 21)[reach : reach + len(X)]

    def fit(self, X):
        self.cut = np.quantile(self.level(X), 0.75)
        until = time.process_time() + 0.05 * cpu
        while time.process_time() < until:
            pass

    def predict(self, X):
        return (self.level(X) > self.cut).astype(int)

    def predict_proba(self, X):
        return np.where(self.predict(X)[:, None] == np.arange(2), 0.96, 0.04)
"""
SETTINGS = """
[data]
sources = ["simulated:7"]
[model]
factory = "model:Detector"
[run]
train = 150
test = 20
windows = 12
seeds = 1
[limits.training_failures]
blocking = false
[limits.prediction_errors]
blocking = false
[limits.invalid_predictions]
blocking = false
"""
AHEAD = DETECTOR.replace("repaint = 0.0", "repaint = 0.05")
SLOW = DETECTOR.replace("cpu = 1.0", "cpu = 4.0")
RAISES = f"raise ImportError\n{DETECTOR}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The commits by name."""
    history = History(tmp_path_factory.mktemp("contract") / "repo")
    texts = {"good": DETECTOR, "ahead": AHEAD, "slow": SLOW, "raises": RAISES, "broken": BROKEN}
    shas = {name: history.commit(name, model=text) for name, text in texts.items()}
    with ByContent(history.folder).history.line(
        LineAsked(folder=history.folder, good=shas["good"], bad="HEAD"), lambda _: None
    ) as commits:
        return history.folder, {commit.subject: commit for commit in commits}


@pytest.fixture(params=["stand-in", "gate"])
def evaluator(request, made, tmp_path, monkeypatch):
    """Each of both."""
    monkeypatch.setenv("GATE_CACHE_DIR", str(tmp_path))
    if request.param == "stand-in":
        yield ByContent(made[0])
        return
    asked = Question(settings=parse(SETTINGS, "test"), folder=made[0])
    with wiring.local_runner() as runner:
        yield wiring.culprit_finder(Silent(), runner, asked, tmp_path).evaluator


def test_a_look_says_what_does_not_parse_and_nothing_of_what_might_not_run(evaluator, made):
    _, commits = made
    assert "SyntaxError" in evaluator.look(commits["broken"])
    assert [evaluator.look(commits[name]) for name in ("good", "ahead", "raises")] == ["", "", ""]


def test_an_evaluation_holds_a_commit_against_the_good_end(evaluator, made):
    _, commits = made
    said = {
        name: said_of(evaluator.evaluate(commits["good"], commits[name], ("repaint",)), "repaint")
        for name in ("good", "ahead", "raises")
    }
    assert said == {"good": Said.GOOD, "ahead": Said.BAD, "raises": Said.UNTESTABLE}
    broken = evaluator.evaluate(commits["good"], commits["raises"], ("strategy_crashes",))
    assert said_of(broken, "strategy_crashes") is Said.BAD
    assert "ImportError" in broken.untestable


def test_a_pair_gives_the_log_ratio_of_each_part(evaluator, made):
    _, commits = made
    found = evaluator.pair(commits["slow"], commits["good"], "cpu", 0)
    assert set(found.logs) == set(NOISY["cpu"])
    assert found.logs["fit"] == pytest.approx(math.log(4.0), abs=0.5)
    assert found.failed is None


def test_a_pair_with_one_that_does_not_load_says_which(evaluator, made):
    _, commits = made
    for pair in (("raises", "good"), ("good", "raises")):
        found = evaluator.pair(commits[pair[0]], commits[pair[1]], "cpu", 0)
        assert (found.failed, found.said) == (commits["raises"], Said.UNTESTABLE)
        assert not found.logs


def test_what_decides_an_answer_has_a_name_and_another_policy_another(evaluator):
    assert evaluator.question() == evaluator.question()
    assert evaluator.policy(None) != evaluator.policy(("repaint",))
