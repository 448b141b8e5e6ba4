"""Detectors are found by looking: shapes as they are met in real repositories, and what only looks like one."""

from textwrap import dedent

import pytest

from gate.adapters.looking.detectors import Code, detectors_of


def look(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.py"))
    return detectors_of(tmp_path, names)


def only(tmp_path, **files):
    code = look(tmp_path, **files)
    assert not code.unreadable
    (one,) = code.detectors
    return one


def test_fit_and_predict_on_arrays(tmp_path):
    one = only(
        tmp_path,
        models__regime="""
        class RegimeModel:
            def __init__(self, n_states=4, random_state=0): ...
            def fit(self, X): ...
            def predict(self, X): ...
            def predict_proba(self, X): ...
        """,
    )
    assert (one.factory, one.fit, one.predict) == ("models.regime:RegimeModel", "fit", "predict")
    assert (one.kwargs, one.seed, one.input, one.line) == ({"n_states": 4}, "", "features", 2)
    assert one.predict_proba == "", "the gate finds it by itself"


def test_train_and_a_sequence_on_a_frame_with_titled_columns(tmp_path):
    one = only(
        tmp_path,
        src__regime__hmm_detector="""
        from hmmlearn.hmm import GaussianHMM

        class RegimeDetector:
            def __init__(self, n_regimes, *, random_seed=7):
                self.model = GaussianHMM(n_regimes)
            def train(self, data):
                self.model.fit(data[["Close", "Volume"]])
            def predict_regime(self, row): ...
            def predict_regime_sequence(self, data): ...
            def posterior(self, data): ...
        """,
    )
    assert (one.fit, one.predict, one.live) == ("train", "predict_regime_sequence", "predict_regime")
    assert (one.input, one.columns) == ("bars", {"close": "Close", "volume": "Volume"})
    assert (one.seed, one.kwargs, one.predict_proba) == ("random_seed", {"n_regimes": 3}, "posterior")
    assert one.hmmlearn


def test_freqtrades_layout_has_its_time_in_a_column(tmp_path):
    one = only(
        tmp_path,
        detector="""
        class Detector:
            def fit(self, dataframe):
                dataframe.sort_values("date")[["close"]], dataframe["date"]
            def predict(self, dataframe): ...
        """,
    )
    assert (one.input, one.columns, one.date_column) == ("bars", {}, "date")


def test_a_child_of_hmmlearn_has_its_methods(tmp_path):
    one = only(
        tmp_path,
        m="""
        from hmmlearn import hmm
        class Sticky(hmm.GaussianHMM):
            def __init__(self, n_components=2, **kwargs): ...
        """,
    )
    assert (one.fit, one.predict, one.seed, one.kwargs) == ("fit", "predict", "random_state", {"n_components": 2})


def test_methods_of_a_base_in_another_file_count_and_the_abstract_base_does_not(tmp_path):
    one = only(
        tmp_path,
        base="""
        from abc import ABC, abstractmethod
        class BaseDetector(ABC):
            def fit(self, X): ...
            @abstractmethod
            def predict(self, X): ...
            def features(self, X): return X["Close"]
        """,
        child="""
        from base import BaseDetector
        class Detector(BaseDetector):
            def predict(self, X): ...
        """,
    )
    assert (one.file, one.fit) == ("child.py", "fit")
    assert (one.input, one.columns) == ("bars", {"close": "Close"})


def test_two_plain_functions_are_a_model_too(tmp_path):
    one = only(
        tmp_path,
        quant__regimes="""
        def train(prices): return (1, 2)
        def label(model, scaler, prices): ...
        """,
    )
    assert (one.factory, one.fit, one.predict) == ("", "quant.regimes:train", "quant.regimes:label")
    assert one.input == "bars"


def test_plain_functions_may_say_what_they_fit_and_decode(tmp_path):
    one = only(
        tmp_path,
        hmm_model="""
        def fit_scaler(frame, columns): ...
        def fit_hmm(df, n_states=3): ...
        def decode_summary(states): ...
        def decode_regimes(model, scaler, df): ...
        """,
    )
    assert (one.fit, one.predict, one.input) == ("hmm_model:fit_hmm", "hmm_model:decode_regimes", "bars")
    assert look(tmp_path / "churn", m="def train_trees(df): ...\ndef predict_churn(trees, df): ...").detectors == ()


def test_what_the_constructor_must_be_given_is_named(tmp_path):
    one = only(
        tmp_path,
        m="""
        class Model:
            def __init__(self, config, n_states, seed): ...
            def fit(self, X): ...
            def predict(self, X): ...
        """,
    )
    assert one.missing == ("config",)


def test_the_likeliest_comes_first(tmp_path):
    shape = "\n    def fit(self, X): ...\n    def predict(self, X): ..."
    found = look(
        tmp_path,
        a=f"class Scaler:{shape}",
        z=f"from hmmlearn.hmm import GaussianHMM\nclass HmmRegimes(GaussianHMM):{shape}",
        b=f"class RegimeDetector:{shape}",
    )
    assert [one.factory for one in found.detectors] == ["z:HmmRegimes", "b:RegimeDetector", "a:Scaler"]


@pytest.mark.parametrize(
    "text",
    [
        "class OnlyFits:\n    def fit(self, X): ...",
        "class _Private:\n    def fit(self, X): ...\n    def predict(self, X): ...",
        "class Shape(Protocol):\n    def fit(self, X): ...\n    def predict(self, X): ...",
        "class Recursive(Recursive):\n    pass",
        "def fit(): ...\ndef predict(model): ...",
        "",
    ],
)
def test_what_only_looks_like_one_is_none(tmp_path, text):
    assert look(tmp_path, m=text).detectors == ()


def test_tests_are_not_looked_at(tmp_path):
    shape = "class Model:\n    def fit(self, X): ...\n    def predict(self, X): ..."
    assert look(tmp_path, tests__fakes=shape, test_model=shape, conftest=shape) == Code(
        detectors=(), others=(), unreadable=()
    )


def test_nothing_is_imported_and_what_does_not_parse_is_named(tmp_path):
    found = look(
        tmp_path,
        bad="class (",
        nul="x = 1\n\0",
        deep="(" * 5000,
        mine="""
        raise SystemExit("this must never run")
        class Model:
            def fit(self, X): ...
            def predict(self, X): "\\d"
        """,
    )
    assert [one.factory for one in found.detectors] == ["mine:Model"]
    assert found.unreadable == ("bad.py", "deep.py", "nul.py")


def test_a_class_that_only_detects_is_kept_with_what_it_offers(tmp_path):
    code = look(
        tmp_path,
        bot__regime="""
        class Base:
            def fit(self, data): ...

        class RegimeDetector(Base):
            LIMIT = 3
            def __init__(self, window):
                self.current = None
            def detect(self, returns):
                inner = returns
                inner.outer = 1
            async def stream(self): ...
            def _inner(self): ...
        """,
    )
    assert code.detectors == ()
    one = next(other for other in code.others if other.named == "bot.regime:RegimeDetector")
    assert (one.factory, one.fit, one.predict, one.missing) == ("bot.regime:RegimeDetector", "fit", "", ("window",))
    assert one.methods == ("fit", "detect", "LIMIT", "current", "stream")
    assert one.lacks(["fit", "predict", "current"]) == ("predict",)


@pytest.mark.parametrize(
    "text",
    [
        "from sklearn.base import BaseEstimator\nclass Regime(BaseEstimator):\n    def detect(self, x): ...",
        "class Regime:\n    def __getattr__(self, name): ...",
        "@registered\nclass Regime:\n    def detect(self, x): ...",
    ],
)
def test_a_class_that_may_offer_more_than_is_seen_lacks_nothing(tmp_path, text):
    (one,) = look(tmp_path, m=text).others
    assert one.lacks(["fit"]) == ()
