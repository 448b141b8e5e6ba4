"""The worker's reading of what models return, without a process around it."""

import ast
import enum
import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gate import worker
from gate.worker import bars
from gate.worker.answers import Answer, is_pair, plain, posterior_rows
from gate.worker.diagnosis import diagnose
from gate.worker.model import pad
from gate.worker.naming import MissingError, resolve
from gate.worker.wire import told

FILES = sorted(Path(worker.__file__).parent.glob("*.py"))


class Regime(enum.IntEnum):
    CALM = 0


class Text(str):
    __slots__ = ()


LABELS = [
    (3, 3),
    (np.int8(-1), -1),
    (2.0, 2),
    (np.float32(1), 1),
    (np.True_, 1),
    ("bull", "bull"),
    (np.str_("bull"), "bull"),
    (Text("bull"), "bull"),
    (b"bull", "bull"),
    (Regime.CALM, "CALM"),
    ({"state": 4}, 4),
    (SimpleNamespace(regime=Regime.CALM), "CALM"),
    ("x" * 1000, "x" * 100),
    (None, None),
    (math.nan, None),
    (math.inf, None),
    (1.5, None),
    (2**31, None),
    (pd.NA, None),
    (pd.NaT, None),
]


@pytest.mark.parametrize(("label", "said"), LABELS, ids=[str(i) for i in range(len(LABELS))])
def test_a_label_becomes_a_number_a_text_or_none(label, said):
    assert plain(label) == said
    assert type(plain(label)) is type(said)


PAIRS = [
    ((np.array([0, 1]), np.array([0.5, 0.6])), True),
    (("bull", 0.9), True),
    ((1, 0.9), True),
    ((0, 1), False),
    ([0, 1], False),
    ([0.0, 1.0], False),
    (["bull", "bear"], False),
    (("bull", "bear"), False),
    ([{"state": 1}, {"state": 2}], False),
]


@pytest.mark.parametrize(("output", "pair"), PAIRS, ids=[str(i) for i in range(len(PAIRS))])
def test_a_pair_is_told_from_two_labels(output, pair):
    assert is_pair(output) is pair


def test_a_frame_of_probabilities_is_a_posterior_and_one_column_is_labels():
    assert Answer(pd.DataFrame({"a": [0.2], "b": [0.8]})).last_labels(1) == [1]
    assert Answer(pd.DataFrame({"signal": [3, 4]})).last_labels(2) == [3, 4]
    assert Answer(pd.DataFrame({"state": pd.array([1, None], dtype="Int64")})).last_labels(2) == [1, None]
    assert Answer(pd.Series(pd.Categorical(["a", "b"]))).last_labels(2) == ["a", "b"]


def test_what_knows_how_to_be_an_array_is_one():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return np.array([1, 2])

    assert Answer(Tensor()).last_labels(5) == [1, 2]


@pytest.mark.parametrize("output", [None, [], np.zeros(0), {}, pd.DataFrame()])
def test_nothing_returned_is_no_answer(output):
    assert len(Answer(output)) == 0
    assert Answer(output).last_confidence() is None


def test_a_row_without_a_number_has_no_state():
    assert Answer(np.array([[np.nan, np.nan], [0.1, np.nan]])).last_labels(2) == [None, 0]


@pytest.mark.parametrize(
    ("output", "shape"),
    [
        ([[0.1, 0.9]], (1, 2)),
        ([0.1, 0.9], (1, 2)),
        ([0.7, 0.9], (2,)),
        ([[0.7], [0.9]], (2,)),
        (0.7, (1,)),
        ((1.5, np.ones((3, 2))), (3, 2)),
        (np.ones((2, 100)), (2, 64)),
        (pd.DataFrame(np.ones((2, 3))), (2, 3)),
    ],
)
def test_a_posterior_has_rows_and_confidences_have_none(output, shape):
    assert posterior_rows(output).shape == shape


def test_what_is_shorter_is_aligned_right():
    assert pad([1, 2], 4) == [None, None, 1, 2]
    assert pad([1, 2, 3], 2) == [2, 3]
    assert pad([1], 0) == []


def test_the_message_of_an_exception_is_one_line_and_never_an_exception():
    class MuteError(Exception):
        def __str__(self):
            raise ValueError

    assert told(ValueError("a\n b")) == "ValueError: a b"
    assert len(told(ValueError("x" * 10**6))) == 300
    assert told(MuteError()) == "MuteError: (its message cannot be printed)"


@pytest.mark.parametrize(
    "name", ["nothing", "no_such_module:Model", "json:Model", "/no/such/file.py:f", "json.no:Model"]
)
def test_a_name_that_is_not_there_is_missing(name):
    with pytest.raises(MissingError):
        resolve(name)


def test_a_module_whose_own_import_is_missing_is_not_missing_itself(tmp_path, monkeypatch):
    (tmp_path / "needs_more.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError):
        resolve("needs_more:Model")


def test_nested_names_are_found(tmp_path):
    file = tmp_path / "named.py"
    file.write_text("class A:\n    class B:\n        x = 3\n")
    assert resolve(f"{file}:A.B.x") == 3
    sys.modules.pop("gate_named_named")


def fitted(**fields):
    return SimpleNamespace(**fields)


def test_a_diagnosis_reads_hmmlearns_monitor_inside_a_wrapper():
    monitor = fitted(history=[-10.0, -9.0, -8.5], iter=3, n_iter=100, tol=0.01)
    model = fitted(model=fitted(monitor_=monitor, means_=np.ones(2)), n_init=4)
    assert diagnose(model) == {
        "finite": True,
        "iterations": 3,
        "max_iterations": 100,
        "last_gain": 0.5,
        "tolerance": 0.01,
        "restarts": 4,
    }


def test_a_fit_that_ran_into_nan_is_not_finite():
    assert diagnose(fitted(means_=np.array([1.0, np.nan])))["finite"] is False


def test_a_model_that_shows_nothing_has_no_diagnosis():
    assert diagnose(fitted(means=np.array([np.nan]))) == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_worker_is_python_3_9_and_imports_nothing_but_itself_the_standard_library_and_numpy(file):
    tree = ast.parse(file.read_text(), feature_version=(3, 9))
    top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {
        name.split(".")[0]
        for node in top
        if not getattr(node, "level", 0)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert names - set(sys.stdlib_module_names) <= {"numpy"}


def test_a_bar_has_the_same_features_to_the_last_bit_whatever_comes_after_it():
    prices = np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (400, 5)), axis=0))
    whole = bars.features_of(prices, list(bars.FEATURES))
    for known in range(1, 400):
        assert bars.features_of(prices[:known], list(bars.FEATURES)).tobytes() == whole[:known].tobytes()


def test_volatility_is_the_sample_deviation_of_21_returns():
    prices = np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, (60, 5)), axis=0))
    returns = np.diff(np.log(prices[:, 3]), prepend=np.nan)
    known = [np.nan] * 21 + [np.std(returns[bar - 20 : bar + 1], ddof=1) for bar in range(21, 60)]
    assert np.allclose(bars.volatility(bars.log_return(prices)), known, rtol=1e-12, equal_nan=True)
