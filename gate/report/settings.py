"""gate.toml as `gate init` writes it: what was chosen, and beside it what else could be."""

import json
from collections.abc import Iterator, Mapping

from gate.domain.setup import Choice, Detector

ADAPTER = "gate_adapter.py"
UNFILLED = f"say in {ADAPTER} how"
"""What a draft of it raises until somebody has filled it in."""
README = "https://github.com/regime-gate/gate#readme"


def gate_toml(choice: Choice) -> str:
    """The whole file."""
    return "\n".join(_lines(choice)) + "\n"


def adapter_py(detector: Detector) -> str:
    """The adapter's first draft: who fills it in sees what there is to call."""
    module, _, name = detector.factory.rpartition(":")
    offers = detector.offers() or "nothing public"
    if detector.missing:
        return _built_by_itself(module, name, f"{name}({', '.join(detector.missing)})", offers)
    return f'''"""What the gate calls, in the words of {name}."""


class Adapted:
    def __init__(self, detector):
        self.detector = detector  # offers {offers}

    def fit(self, bars):
        """Learn from the training window; a rule that learns nothing leaves this as it is."""

    def predict(self, bars):
        """One state a bar, or (states, confidences); fewer where the first bars are dropped."""
        raise NotImplementedError("{UNFILLED} {name} tells the states of these bars")


def adapt(detector):
    return Adapted(detector)
'''


def _built_by_itself(module: str, name: str, call: str, offers: str) -> str:
    """For what is built with its data or a configuration: gate.toml names no factory then."""
    return f'''"""What the gate calls, in the words of {name}."""


class Adapted:
    def fit(self, bars):
        """Build it, and let it learn from the training window."""
        from {module} import {name}

        raise NotImplementedError("{UNFILLED} {call} is built")
        self.detector = {call}  # offers {offers}

    def predict(self, bars):
        """One state a bar, or (states, confidences); fewer where the first bars are dropped."""
        raise NotImplementedError("{UNFILLED} {name} tells the states of these bars")


def adapt():
    return Adapted()
'''


def _lines(choice: Choice) -> Iterator[str]:
    yield f"# Written by `gate init`; every key is explained in {README}."
    yield "# A pull request that changes this file never passes the gate by itself."
    yield ""
    yield "[data]"
    yield f"sources = [{', '.join(map(_text, choice.data))}]"
    yield ""
    yield "[model]"
    yield from _model(choice.detector)
    yield ""
    yield "[baseline]"
    yield from _baseline(choice)
    yield ""
    yield "[candidate]"
    yield from _environment(choice)
    if choice.train is not None:
        yield ""
        yield "[run]"
        yield "# fewer than the defaults (1000, 63, 20): there are not enough bars for those"
        yield f"train = {choice.train}"
        yield f"test = {choice.test}"
        yield f"windows = {choice.windows}"
    yield ""
    yield "# [limits.regime_change_rate]   # every limit has its default; name one to change it"
    yield "# max = 0.15"


def _model(detector: Detector) -> Iterator[str]:
    if detector.factory and not (detector.adapted and detector.missing):
        yield f"factory = {_text(detector.factory)}"
    if detector.kwargs and not (detector.adapted and detector.missing):
        yield f"kwargs = {_table(detector.kwargs)}"
    if detector.missing and not detector.adapted:
        yield f"# the constructor also needs {', '.join(detector.missing)}: add them to kwargs"
    means = "OHLCV DataFrame" if detector.input == "bars" else "float array of log return and log volatility, scaled"
    other = "features" if detector.input == "bars" else "bars"
    yield f'input = "{detector.input}"   # {means}; the other is "{other}"'
    yield f"fit = {_text(detector.fit)}"
    yield f"predict = {_text(detector.predict)}"
    if detector.adapted:
        yield f'adapter = "{ADAPTER}:adapt"   # gives it the methods that it does not have: fill it in'
    for key in ("predict_proba", "seed", "date_column"):
        if getattr(detector, key):
            yield f"{key} = {_text(getattr(detector, key))}"
    if detector.columns:
        yield f"columns = {_table(detector.columns)}"
    if detector.live:
        yield f"# live = {_text(detector.live)}   # if production calls it at each bar, it is held against predict"


def _baseline(choice: Choice) -> Iterator[str]:
    yield "# what trades; where no ref is named, a pull request is held against its base commit"
    yield f"ref = {_text(choice.baseline)}" if choice.baseline else '# ref = "v1.0.0"'
    yield from _environment(choice)


def _environment(choice: Choice) -> Iterator[str]:
    if choice.isolated:
        yield 'environment = "isolated"   # built from its own dependency file, here as in the jobs'


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _table(values: Mapping[str, object]) -> str:
    return "{ " + ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()) + " }"
