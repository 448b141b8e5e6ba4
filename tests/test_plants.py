"""The worker's planted defects: each changes what it says it changes, and nothing else."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from gate.usecases.catalogue import CATALOGUE
from gate.worker import bars as worker
from gate.worker import plants

TRAIN, ALL = 200, 400


class Model:
    """Two states by the last return, sure of itself."""

    def __init__(self, bars):
        self.bars = bars
        self.mutated = False
        self._predict = lambda given: given

    def fit(self, start, stop):
        pass

    def labels_alone(self, start, stop):
        return [int(at % 7 > 3) for at in range(start, stop)]

    def live(self, context, tail, live_input):
        newest = self.bars.size
        labels = self.labels_alone(newest - tail, newest)
        return {"rows": 0, "labels": labels, "posterior": [0.9, 0.1], "live": labels[-1]}


@pytest.fixture
def answers():
    """Every live answer of a planted model."""

    def ask(name, size, model=Model):
        prices = np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (ALL, 5)), axis=0))
        bars = worker.Bars(ALL, 0)
        times = np.arange(ALL) * np.timedelta64(1, "D") + np.datetime64("2020-01-01", "ns")
        rows = np.column_stack([times.view("<f8"), prices])
        bars.append(rows[:TRAIN])
        made = plants.planted(model(bars), bars, name, size)
        made.fit(0, TRAIN)
        said = []
        for bar in range(TRAIN, ALL):
            bars.append(rows[bar : bar + 1])
            said.append(made.live(50, 10, "row"))
        return said

    return ask


def truth():
    return [int(bar % 7 > 3) for bar in range(TRAIN, ALL)]


def newest(said):
    return [answer["labels"][-1] for answer in said]


def test_the_catalogue_names_every_plant_once():
    assert sorted(kind.name for kind in CATALOGUE) == sorted(plants.PLANTS)
    for kind in CATALOGUE:
        assert all(isinstance(kind.means.format(size=size), str) for size in kind.sizes)


@pytest.mark.parametrize("name", ["flicker", "inverted_states", "shuffled_states"])
def test_a_share_of_the_states_is_another_and_stays_it(answers, name):
    said = answers(name, 0.3)
    moved = np.mean(np.array(newest(said)) != truth())
    assert 0.05 < moved < 0.45
    for before, after in itertools.pairwise(said):
        assert before["labels"][1:] == after["labels"][:-1]  # what was said is not repainted


@pytest.mark.parametrize("name", ["flicker", "inverted_states", "repainting", "shuffled_states", "not_a_number"])
def test_a_share_of_nothing_changes_nothing(answers, name):
    assert newest(answers(name, 0.0)) == truth()


def test_repainting_changes_only_what_lies_behind(answers):
    said = answers("repainting", 0.5)
    assert newest(said) == truth()
    assert any(before["labels"][-1] != after["labels"][-2] for before, after in itertools.pairwise(said))


def test_lagging_states_come_late(answers):
    assert newest(answers("lagging_states", 5.0))[5:] == truth()[:-5]


def test_a_constant_state_is_the_calmest(answers):
    assert len(set(newest(answers("constant_state", 1.0)))) == 1


def test_confidence_is_lowered_and_raised_without_another_state(answers):
    assert answers("low_confidence", 0.5)[0]["posterior"] == pytest.approx([0.7, 0.3])
    raised = answers("overconfidence", 4.0)[0]["posterior"]
    assert raised[0] > 0.999
    assert sum(raised) == pytest.approx(1.0)
    assert newest(answers("overconfidence", 4.0)) == truth()


def test_a_confidence_alone_is_changed_the_same_way(answers):
    class Sure(Model):
        def live(self, *asked):
            said = super().live(*asked)
            del said["posterior"]
            return said | {"confidence": 0.9}

    assert answers("low_confidence", 0.5, Sure)[0]["confidence"] == pytest.approx(0.7)
    assert answers("overconfidence", 2.0, Sure)[0]["confidence"] == pytest.approx(0.81 / 0.82)
    assert answers("no_distribution", 1.5, Sure)[0]["confidence"] > 1


def test_what_is_no_number_no_distribution_or_too_long(answers):
    said = answers("not_a_number", 0.5)
    assert 0.3 < np.mean([math.isnan(answer["posterior"][0]) for answer in said]) < 0.7
    assert sum(answers("no_distribution", 1.1)[0]["posterior"]) == pytest.approx(1.1)
    assert answers("wrong_length", 1.0)[0]["rows"] == 1


def test_a_share_of_the_calls_raises(answers):
    assert 0.1 < np.mean(["error" in answer for answer in answers("predict_errors", 0.2)]) < 0.3


def test_an_answer_that_is_an_error_already_is_left_alone(answers):
    class Broken(Model):
        def live(self, *asked):
            return {"error": "ValueError"}

    assert answers("flicker", 1.0, Broken) == [{"error": "ValueError"}] * (ALL - TRAIN)


def test_chance_is_the_same_in_every_process_but_for_the_one_that_must_not_be(answers):
    assert answers("flicker", 0.3) == answers("flicker", 0.3)
    assert answers("non_determinism", 0.5) != answers("non_determinism", 0.5)


def test_fits_fail_by_their_bars():
    bars = SimpleNamespace(time=np.array([np.datetime64("2020-01-01", "ns")]), size=1)
    made = plants.planted(Model(bars), bars, "fit_failures", 1.0)
    with pytest.raises(RuntimeError, match="planted"):
        made.fit(0, 1)


def test_the_bars_are_changed_under_the_models_hands():
    bars = SimpleNamespace(size=0)
    made = plants.planted(Model(bars), bars, "input_mutation", 0.5)
    given = np.zeros((3, 2))
    made._model._predict(given)
    assert given.tolist() == [[0, 0], [0, 0], [0, 0.5]]
