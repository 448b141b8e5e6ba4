"""Runs side by side: answers in order, and an interruption ends everything at once."""

import dataclasses
import threading
import time

import psutil
import pytest

from gate.adapters.runner import LocalRunner
from gate.domain.version import Role

SLOW = """
    import time
    class Model:
        def __init__(self, seed): self.seed = seed
        def fit(self, x): time.sleep(0 if self.seed == 0 else {seconds})
        def predict(self, x): return [self.seed] * len(x)
"""


def children():
    """Of this process: other tests' helpers may be among them."""
    return set(psutil.Process().children(recursive=True))


def requests(workshop, seconds, count=3):
    workshop.write(SLOW.format(seconds=seconds))
    return [workshop.request(seed=seed, test=1, windows=2) for seed in range(count)]


def test_answers_come_in_the_order_of_the_requests(workshop):
    seen = []
    asked = requests(workshop, 0.1)
    with LocalRunner() as runner:
        answers = runner.observe(asked, 2, lambda run: seen.append(run.key.seed))
    assert [run.key.seed for run, _ in answers] == [0, 1, 2]
    assert sorted(seen) == [0, 1, 2]
    assert all(picture is None for _, picture in answers)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_kills_every_run_within_seconds(interruption, workshop):
    def interrupt(_):
        raise interruption

    begun, there = time.monotonic(), children()
    threads = set(threading.enumerate())
    with LocalRunner() as runner, pytest.raises(interruption):
        runner.observe(requests(workshop, 100, count=4), 3, interrupt)
    assert time.monotonic() - begun < 15
    assert children() <= there
    left = {thread for thread in threading.enumerate() if not thread.name.startswith("starter")}
    assert left <= threads  # but for the one that starts all processes, for as long as there is a gate


def test_an_interruption_while_loading_ends_the_imports(workshop, monkeypatch):
    workshop.write("import time\ntime.sleep(100)\n")
    asked = [workshop.request(), workshop.request(role=Role.BASELINE)]

    class Impatient:
        def __init__(self, *_): ...
        def __enter__(self):
            return self

        def __exit__(self, *_):
            for thread in self.threads:
                thread.join()

        def map(self, function, items):
            self.threads = [threading.Thread(target=function, args=(item,)) for item in items]
            for thread in self.threads:
                thread.start()
            time.sleep(0.5)
            raise KeyboardInterrupt

    monkeypatch.setattr("gate.adapters.runner.runner.ThreadPoolExecutor", Impatient)
    begun, there = time.monotonic(), children()
    with LocalRunner() as runner, pytest.raises(KeyboardInterrupt):
        runner.load(asked)
    assert time.monotonic() - begun < 15
    assert children() <= there


def test_memory_over_time_is_sampled_where_it_is_watched(workshop):
    asked = [dataclasses.replace(request, watch_memory=True) for request in requests(workshop, 0.4, count=2)]
    with LocalRunner() as runner:
        pictures = [picture for _, picture in runner.observe(asked, 1, lambda _: None)]
    slow = pictures[1]
    assert slow.seconds[0] == 0
    assert len(slow.mebibytes) == len(slow.seconds) > 3
    assert max(slow.mebibytes) > 5
