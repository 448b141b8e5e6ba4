"""CPU of v1 and v2 side by side on the same bars; each group of the table is one operation.

`python -m pytest benchmarks/test_models.py -n0 --benchmark-enable --benchmark-only -p no:randomly`
"""

import time

import pytest

from benchmarks.models import v1, v2
from benchmarks.models.market import features, load_bars

VERSIONS = {"v1": v1.RegimeDetector, "v2": v2.RegimeDetector}
TRAIN, CONTEXT = 1000, 250

# CPU, not wall: the machines this runs on are shared.
pytestmark = pytest.mark.benchmark(timer=time.process_time, warmup=True)


@pytest.fixture(scope="module")
def bars():
    """(TRAIN, 2) the newest features of SP500, scaled."""
    table = features(load_bars("sp500")["close"].to_numpy())[-TRAIN:]
    return (table - table.mean(axis=0)) / table.std(axis=0)


@pytest.fixture(params=VERSIONS)
def build(request):
    return VERSIONS[request.param]


@pytest.mark.benchmark(group="fit")
def test_fit(benchmark, build, bars):
    model = benchmark(lambda: build(random_state=0).fit(bars))
    assert model.monitor_.iter < model.monitor_.n_iter


@pytest.mark.benchmark(group="batch predict, 250 bars")
def test_batch_predict(benchmark, build, bars):
    model = build(random_state=0).fit(bars)
    assert benchmark(model.predict, bars[-CONTEXT:]).shape == (CONTEXT,)


@pytest.mark.benchmark(group="one live step")
def test_live_step(benchmark, build, bars):
    """What gate calls at each bar: the label, and the causal posterior of the same 250 rows."""
    model = build(random_state=0).fit(bars)
    posterior = getattr(model, "filter_proba", model.predict_proba)
    label, rows = benchmark(lambda: (model.predict(bars[-CONTEXT:]), posterior(bars[-CONTEXT:])))
    assert label[-1] == rows[-1].argmax()
