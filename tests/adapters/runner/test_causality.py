"""No model sees the future, and the same seed is the same run."""

import json

import numpy as np
import pandas as pd
import pytest

from gate.adapters.runner.run import Run

DIARY = """
    import json, os
    import numpy as np
    class Model:
        def note(self, what, **told):
            with open({path!r}, "a") as file:
                file.write(json.dumps(dict(told, what=what)) + "\\n")
        def fit(self, frame):
            self.note("fit", first=str(frame.index[0]), last=str(frame.index[-1]), bars=len(frame))
        def predict(self, frame):
            self.note("predict", last=str(frame.index.max()), bars=len(frame))
            return np.zeros(len(frame), dtype=int)
        def step(self, frame):
            self.note("step", last=str(frame.index.max()), bars=len(frame))
            return 0
"""


def day(request, bar):
    return str(pd.Timestamp(request.bars.time[bar]))


@pytest.mark.parametrize(("live_input", "bars"), [("row", 1), ("tail", 40)])
def test_at_a_live_call_the_newest_bar_is_the_last_that_is_there(live_input, bars, workshop):
    diary = workshop.root / "diary"
    request = workshop.request(
        DIARY.format(path=str(diary)), input="bars", live="step", live_input=live_input, windows=2, test=3
    )
    Run(request).observe()
    notes = [json.loads(line) for line in diary.read_text().splitlines()]
    tests = [bar for window in request.windows for bar in range(window.train_stop, window.test_stop)]
    assert [n["last"] for n in notes if n["what"] == "step"] == [day(request, bar) for bar in tests]
    assert {n["bars"] for n in notes if n["what"] == "step"} == {bars}
    fits = [n for n in notes if n["what"] == "fit"]
    assert [n["last"] for n in fits] == [day(request, window.train_stop - 1) for window in request.windows]
    assert [n["first"] for n in fits] == [day(request, window.train_start) for window in request.windows]
    live = [n for n in notes if n["what"] == "predict" and n["bars"] == 40]
    assert [n["last"] for n in live] == [day(request, bar) for bar in tests]


def test_no_later_bar_is_in_the_process(workshop):
    hunt = """
        import gc
        class Model:
            def fit(self, x): pass
            def predict(self, x):
                return [next(o.size for o in gc.get_objects() if type(o).__name__ == "Bars")] * len(x)
    """
    said = workshop.run(hunt)
    assert said.states == [bar + 1 for bar in said.run.bar.tolist()]


def scaled(request, start, stop):
    """The same features by pandas, scaled on the first window's training bars."""
    window, bars = request.windows[0], request.bars
    close = pd.Series(bars.close)
    returns = np.log(close / close.shift(1))
    volatility = returns.rolling(21).std(ddof=1)
    table = pd.DataFrame(
        {
            "log_return": returns,
            "volatility": volatility,
            "log_volatility": np.log(volatility),
            "log_range": np.log(pd.Series(bars.high) / pd.Series(bars.low)),
        }
    )
    train = table.iloc[window.train_start : window.train_stop]
    return ((table - train.mean()) / train.std(ddof=0)).to_numpy()[start:stop]


def test_features_are_those_of_pandas_scaled_on_the_training_window(workshop):
    path = workshop.root / "seen.npz"
    text = f"""
        import numpy as np
        class Model:
            def fit(self, x):
                self.seen = [x.copy()]
            def predict(self, x):
                self.seen.append(x.copy())
                np.savez({str(path)!r}, *self.seen)
                return np.zeros(len(x), dtype=int)
    """
    request = workshop.request(text, features=("log_return", "volatility", "log_volatility", "log_range"), test=3)
    Run(request).observe()
    window = request.windows[0]
    with np.load(path) as seen:
        fit, _, *live, batch = [seen[name] for name in seen.files]
    assert fit == pytest.approx(scaled(request, window.train_start, window.train_stop), abs=1e-9)
    assert fit.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    for bar, given in zip(range(window.train_stop, window.test_stop), live, strict=True):
        assert given == pytest.approx(scaled(request, bar - 39, bar + 1), abs=1e-9)
    assert batch == pytest.approx(scaled(request, window.train_stop - 40, window.test_stop), abs=1e-9)


DICE = """
    import random
    import numpy as np
    class Model:
        def __init__(self, {parameters}):
            self.rng = np.random.default_rng({source})
        def fit(self, x): pass
        def predict(self, x):
            a = self.rng.integers(0, 5) + 5 * np.random.randint(0, 5) + 25 * random.randrange(5)
            return [int(a)] * len(x)
"""


@pytest.mark.parametrize(("parameters", "source"), [("random_state", "random_state"), ("*, seed=None", "seed")])
def test_the_same_seed_gives_the_same_answers_and_another_does_not(parameters, source, workshop):
    text = DICE.format(parameters=parameters, source=source)
    first, again, other = (workshop.run(text, seed=seed, windows=2) for seed in (3, 3, 4))
    assert first.states == again.states
    assert first.states != other.states


SEEDED = """
    class Model:
        def __init__(self, luck=1, seed=7): self.said = 10 * luck + seed
        def fit(self, x): pass
        def predict(self, x): return [self.said] * len(x)
"""


@pytest.mark.parametrize(("asked", "said"), [(None, 19), ("luck", 97), ("", 17)])
def test_the_seeds_keyword_is_found_named_or_left_out(asked, said, workshop):
    keyword = {} if asked is None else {"seed_keyword": asked}
    assert workshop.run(SEEDED, seed=9, test=1, **keyword).states == [said]


def test_keyword_arguments_are_new_for_every_model(workshop):
    text = """
        class Model:
            def __init__(self, options): self.options = options
            def fit(self, x): self.options["fits"] += 1
            def predict(self, x): return [self.options["fits"]] * len(x)
    """
    assert workshop.run(text, kwargs={"options": {"fits": 0}}, windows=3, test=1).states == [1, 1, 1]
