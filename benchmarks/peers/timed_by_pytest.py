"""The benchmark that pytest-benchmark runs."""

import os

from benchmarks.peers.work import Work


def test_model(benchmark):
    benchmark(Work(os.environ["PEERS_WINDOW"], float(os.environ["PEERS_TIMES"])))
