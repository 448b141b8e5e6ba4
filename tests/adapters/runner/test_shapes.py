"""Every shape of a real model gives the same observation as the plain one."""

import pytest

HEAD = """
    import enum
    import dataclasses
    from typing import NamedTuple
    import numpy as np
    NAMES = ("calm", "loud")
    SURE = (0.9, 0.8)
    class Regime(enum.Enum):
        calm = "c"
        loud = "l"
    @dataclasses.dataclass
    class Point:
        regime: object
        confidence: float
    class Triple(NamedTuple):
        when: int
        regime: str
        confidence: float
    class Text(str):
        def __str__(self):
            return str.__str__(self)
    class Base:
        def fit(self, x):
            self.middle = float(np.median(x[:, 1]))
        def codes(self, x):
            return (x[:, 1] > self.middle).astype(int)
        def sure(self, x):
            return np.where(self.codes(x), 0.8, 0.9)
        def rows(self, x):
            p = np.where(self.codes(x), 0.2, 0.9)
            return np.column_stack([p, 1 - p])
    class Model(Base):
"""

PREDICT = "def predict(self, x): return "
PROBA = "def predict_proba(self, x): return "
NUMBERS = {
    "arrays, and a posterior": PREDICT + "self.codes(x)\n" + PROBA + "self.rows(x)",
    "lists": PREDICT + "self.codes(x).tolist()\n" + PROBA + "self.rows(x).tolist()",
    "floats, a column": PREDICT + "self.codes(x)[:, None] * 1.0\n" + PROBA + "self.rows(x)",
    "numpy booleans": PREDICT + "self.codes(x) == 1\n" + PROBA + "self.rows(x)",
    "labels and confidences": "def predict(self, x): return self.codes(x), self.sure(x)",
    "labels and posterior": "def predict(self, x): return self.codes(x), self.rows(x)",
    "a posterior alone": "def predict(self, x): return self.rows(x)",
    "confidence alone": PREDICT + "self.codes(x)\n" + PROBA + "self.sure(x)",
    "score first": PREDICT + "self.codes(x)\n" + PROBA + "(1.5, self.rows(x))",
    "a mapping": "def predict(self, x): return {'states': self.codes(x), 'probabilities': self.rows(x)}",
    "warm-up dropped": PREDICT + "self.codes(x)[9:]\n" + PROBA + "self.rows(x)[9:]",
}
WORDS = {
    "numpy strings": "return np.array(NAMES)[self.codes(x)], self.sure(x)",
    "texts": "return [NAMES[c] for c in self.codes(x)], self.sure(x)",
    "subclassed texts": "return [Text(NAMES[c]) for c in self.codes(x)], self.sure(x)",
    "bytes": "return np.array(NAMES, dtype='S')[self.codes(x)], self.sure(x)",
    "enums": "return [Regime[NAMES[c]] for c in self.codes(x)], self.sure(x)",
    "objects": "return [Point(Regime[NAMES[c]], SURE[c]) for c in self.codes(x)]",
    "dictionaries": "return [{'state': NAMES[c], 'prob': SURE[c]} for c in self.codes(x)]",
    "pairs": "return [(NAMES[c], SURE[c]) for c in self.codes(x)]",
    "named tuples": "return [Triple(0, NAMES[c], SURE[c]) for c in self.codes(x)]",
    "a frame": "import pandas as pd\n"
    "return pd.DataFrame({'date': 0, 'Regime': [NAMES[c] for c in self.codes(x)], 'Confidence': self.sure(x)})",
}
LIVE = {
    "a number": "self.codes(x)[-1]",
    "an array of one": "self.codes(x)[-1:]",
    "an object": "Point(int(self.codes(x)[-1]), 0.5)",
    "a mapping": "{'regime': int(self.codes(x)[-1]), 'confidence': 0.5}",
    "label and confidence": "(int(self.codes(x)[-1]), 0.5)",
    "a named tuple": "Triple(0, int(self.codes(x)[-1]), 0.5)",
}


def source(body: str) -> str:
    lines = "\n".join(" " * 8 + line for line in body.splitlines())
    return HEAD + lines + "\n"


def method(body: str) -> str:
    return "def predict(self, x):\n" + "\n".join("    " + line for line in body.splitlines())


def test_the_plain_model_says_both_states(expected):
    assert set(expected.states) == {0, 1}
    assert set(expected.confidence) == {0.9, 0.8}


@pytest.mark.parametrize("body", NUMBERS.values(), ids=NUMBERS)
def test_numbers_in_any_shape_say_the_same(body, workshop, expected):
    said = workshop.run(source(body))
    assert said.window.call_errors == ()
    assert said.states == expected.states
    assert said.confidence == expected.confidence
    assert said.named(said.run.batch_state) == said.states
    assert said.run.batch_confidence.round(6).tolist() == said.confidence


@pytest.mark.parametrize("rows", ["self.rows(x)", "self.rows(x)[-1]"])
def test_a_filter_is_asked_before_a_smoother(rows, workshop, expected):
    body = (
        "def predict(self, x): return self.codes(x)\n"
        f"def filter_proba(self, x): return {rows}\n"
        "def predict_proba(self, x): return self.rows(x)[:, ::-1]"
    )
    said = workshop.run(source(body))
    assert (said.states, said.confidence) == (expected.states, expected.confidence)


@pytest.mark.parametrize("body", WORDS.values(), ids=WORDS)
def test_words_in_any_shape_say_the_same(body, workshop, expected):
    said = workshop.run(source(method(body)))
    assert said.window.call_errors == ()
    assert said.states == [("calm", "loud")[state] for state in expected.states]
    assert said.confidence == expected.confidence
    assert said.named(said.run.batch_state) == said.states


@pytest.mark.parametrize("answer", LIVE.values(), ids=LIVE)
@pytest.mark.parametrize("live_input", ["row", "tail"])
def test_a_live_method_is_heard_in_any_shape(answer, live_input, workshop, expected):
    body = f"def predict(self, x): return self.codes(x)\ndef step(self, x): return {answer}"
    said = workshop.run(source(body), live="step", live_input=live_input, test=2)
    assert said.named(said.run.live_state) == expected.states[:2]
    assert set(said.run.live_call.tolist()) == {1}


def test_a_live_method_that_nobody_asked_for_is_named(workshop):
    said = workshop.run(source("def predict(self, x): return self.codes(x)\ndef predict_live(self, x): return 1"))
    assert said.run.unmeasured_live == "predict_live"


def test_a_live_method_that_raises_spoils_only_its_own_answers(workshop):
    said = workshop.run(source("def predict(self, x): return self.codes(x)\ndef step(self, x): 1 / 0"), live="step")
    assert set(said.run.live_call.tolist()) == {2}
    assert None not in said.states


@pytest.mark.parametrize("returned", ["self", "3", "{'loss': 1}", "None"])
def test_whatever_fit_returns_the_object_is_the_model(returned, workshop, expected):
    body = (
        f"def fit(self, x):\n    super().fit(x)\n    return {returned}\n"
        "def predict_states(self, x): return self.codes(x)\n"
        "def predict_state_proba(self, x): return self.rows(x)"
    )
    said = workshop.run(source(body), predict="predict_states")
    assert said.states == expected.states
    assert said.confidence == expected.confidence


def test_a_trainer_that_returns_the_model_is_followed(workshop, expected):
    text = source("def predict(self, x): return self.codes(x), self.sure(x)") + (
        "    class Trainer:\n"
        "        def fit(self, x):\n"
        "            m = Model()\n"
        "            m.fit(x)\n"
        "            return m\n"
    )
    assert workshop.run(text, factory="model:Trainer").states == expected.states


def test_plain_functions_pass_a_model_and_a_scaler(workshop, expected):
    text = """
        import numpy as np
        def train(x):
            return float(np.median(x[:, 1])), "scaler"
        def label(middle, scaler, x):
            assert scaler == "scaler"
            return (x[:, 1] > middle).astype(int), np.where(x[:, 1] > middle, 0.8, 0.9)
    """
    said = workshop.run(text, factory="", fit="model:train", predict="model:label")
    assert said.window.call_errors == ()
    assert (said.states, said.confidence) == (expected.states, expected.confidence)


def test_plain_functions_pass_one_fitted_thing(workshop, expected):
    text = """
        import numpy as np
        def train(x):
            return {"middle": np.median(x[:, 1])}
        def label(fitted, x, *, verbose=False):
            return (x[:, 1] > fitted["middle"]).astype(int)
    """
    assert workshop.run(text, factory="", fit="model:train", predict="model:label").states == expected.states


def test_an_adapter_beside_gate_toml_makes_any_object_a_model(tmp_path, workshop, expected):
    workshop.write(
        "import numpy as np\nclass Odd:\n    def learn(self, x):\n        self.middle = float(np.median(x[:, 1]))\n"
    )
    adapter = tmp_path / "adapt.py"
    adapter.write_text(
        "class Adapted:\n"
        "    def __init__(self, odd): self.odd = odd\n"
        "    def fit(self, x): self.odd.learn(x)\n"
        "    def predict(self, x): return [int(v > self.odd.middle) for v in x[:, 1]]\n"
        "def adapt(odd): return Adapted(odd)\n"
    )
    said = workshop.run(factory="model:Odd", adapter=f"{adapter}:adapt")
    assert said.window.build.error == ""
    assert said.states == expected.states


def test_labels_alone_have_no_confidence(workshop):
    said = workshop.run(source("def predict(self, x): return self.codes(x)"))
    assert said.run.posterior.shape[1] == 0
    assert all(value != value for value in said.confidence)  # noqa: PLR0124 (NaN)


FRAMES = """
    import numpy as np
    class Model:
        def fit(self, frame):
            self.seen = list(frame.columns)
        def predict(self, frame):
            assert list(frame.columns) == self.seen, self.seen
            assert self.seen == {columns!r}, self.seen
            {check}
            return np.zeros(len(frame), dtype=int)
"""


def test_bars_come_as_a_frame_with_a_time_index(workshop):
    text = FRAMES.format(
        columns=["open", "high", "low", "close", "volume"], check="assert str(frame.index[-1])[:4] == '2020'"
    )
    said = workshop.run(text, input="bars")
    assert said.window.call_errors == ()
    assert not said.window.mutated


def test_columns_can_be_renamed_and_the_date_be_a_column(workshop):
    text = FRAMES.format(
        columns=["when", "open", "high", "low", "Close", "volume"],
        check="assert str(frame['when'].iloc[-1])[:4] == '2020' and frame.index[0] == 0",
    )
    said = workshop.run(text, input="bars", columns={"close": "Close"}, date_column="when")
    assert said.window.call_errors == ()
    assert not said.window.mutated


@pytest.mark.parametrize("date_column", [None, "when"])
@pytest.mark.parametrize("spoil", ["frame['close'] *= 2", "frame.insert(0, 'x', 1)", "frame.index = frame.index[::-1]"])
def test_a_model_that_changes_its_bars_is_seen_and_harms_nobody(spoil, date_column, workshop):
    text = f"""
        class Model:
            def fit(self, frame): self.last = frame["close"].iloc[-1]
            def predict(self, frame):
                assert frame["close"].max() < 1.9 * self.last
                {spoil}
                return [0] * len(frame)
    """
    said = workshop.run(text, input="bars", date_column=date_column, test=2)
    assert said.window.mutated
    assert said.window.call_errors == ()


def test_a_source_layout_is_on_the_path(workshop, two_states, expected):
    workshop.write("", "src/regime/__init__.py")
    workshop.write(two_states, "src/regime/hmm.py")
    assert workshop.run(factory="regime.hmm:Model").states == expected.states
    assert workshop.run(factory="src.regime.hmm:Model").states == expected.states


@pytest.mark.parametrize("name", ["config", "errors", "ports", "worker", "wiring", "gate", "report", "metrics"])
def test_a_users_module_named_like_ours_is_the_users(name, workshop):
    workshop.write("LABEL = 'mine'\n", f"{name}.py")
    text = f"""
        from {name} import LABEL
        class Model:
            def fit(self, x): pass
            def predict(self, x): return [LABEL] * len(x)
    """
    assert set(workshop.run(text, test=1).states) == {"mine"}


def test_what_is_no_label_is_missing(workshop):
    labels = "[float('nan'), None, 2**40, 1.5, -3]"
    said = workshop.run(source(f"def predict(self, x): return ([0] * len(x) + {labels})[-len(x):]"))
    assert said.states == [-3] * 5
    tail = said.named(said.run.tail[0])
    assert tail == [0, 0, 0, 0, 0, None, None, None, None, -3]


def test_a_thousand_labels_do_not_grow_the_record(workshop):
    body = "def predict(self, x): return np.arange(len(x)) + int(abs(x[-1, 0]) * 1e6)"
    said = workshop.run(source(body), test=40, windows=2)
    assert len(said.run.labels) == 256
    assert None in said.states


def test_a_strategy_gets_ranks_of_volatility_and_gives_positions(workshop, two_states):
    workshop.write("def trade(bars, regimes):\n    return [1 - r for r in regimes]\n", "trade.py")
    said = workshop.run(two_states, strategy="trade:trade")
    assert said.run.position.tolist() == [1.0 - state for state in said.states]


@pytest.mark.parametrize("answer", ["[1]", "None", "'x'", "[[1]] * 99"])
def test_a_strategy_that_answers_for_other_bars_has_failed(answer, workshop, two_states):
    workshop.write(f"def trade(bars, regimes):\n    return {answer}\n", "trade.py")
    window = workshop.run(two_states, strategy="trade:trade", test=2).window
    assert window.strategy.ending == "raised"
    assert "for 2 bars" in window.strategy.error


def test_an_adapter_alone_builds_the_model_out_of_the_versions_code(tmp_path_factory, workshop, expected):
    text = """
        import numpy as np
        class Options:
            def __init__(self, seed):
                self.seed = seed
        class Model:
            def __init__(self, options):
                self.seed = options.seed
            def fit(self, x): self.middle = float(np.median(x[:, 1]))
            def predict(self, x): return (x[:, 1] > self.middle).astype(int)
    """
    adapter = tmp_path_factory.mktemp("beside") / "fit.py"
    adapter.write_text(
        "def build(random_state, name):\n"
        "    import model\n"
        "    assert (random_state, name) == (3, 'calm')\n"
        "    return model.Model(model.Options(random_state))\n"
    )
    alone = workshop.run(text, factory="", adapter=f"{adapter}:build", kwargs={"name": "calm"})
    assert alone.window.build.error == ""
    assert alone.states == expected.states
