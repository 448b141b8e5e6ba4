"""Turns of a user's benchmark suite with just the benchmarks that a test is about, and a suite that answers by rote."""

import msgspec

from gate.domain.limit import Limit
from gate.domain.settings import BenchmarkSettings
from gate.domain.suite import Sample, Suite, SuitePair, Turn, TurnEnding
from gate.domain.version import Role

FILE = "benchmarks/test_speed.py"
LIMIT = Limit(max_ratio=3.0, warn_ratio=1.25)


def settings(limits=None, **changes):
    """A policy; `limits` = {pattern: Limit}."""
    return BenchmarkSettings(**({"paths": ("benchmarks",), "limits": {"*": LIMIT} | (limits or {})} | changes))


def sample(of, seconds=1e-3, **changes):
    """One benchmark; `of` = "test_a" is short for its node id in FILE."""
    fullname = of if "::" in of else f"{FILE}::{of}"
    made = Sample(
        fullname=fullname,
        name=fullname.rpartition("::")[2],
        timer="process_time",
        min=seconds,
        median=seconds,
        mean=seconds,
        rounds=10,
        iterations=1,
    )
    return msgspec.structs.replace(made, **changes)


def turn(*samples, ending=TurnEnding.OK, **changes):
    """A turn of some benchmarks: names, samples, or (name, seconds)."""
    given = tuple(s if isinstance(s, Sample) else sample(*((s,) if isinstance(s, str) else s)) for s in samples)
    return Turn(**({"ending": ending, "samples": given, "cpu_seconds": 10.0} | changes))


def suite(baseline, candidate, pairs=8, **changes):
    """The same pair of turns, again and again."""
    pair = SuitePair(first=Role.BASELINE, baseline=baseline, candidate=candidate)
    return Suite(pairs=(pair,) * pairs, **changes)


class RoteSuite:
    """Implements the port BenchmarkSuite: seconds (or pytest's words of a failure) by benchmark, by root."""

    def __init__(self, answers, *, lacks=None, sources=None):
        self._answers = answers
        self._lacks = lacks or {}
        self._sources = sources or {}
        self.asked = []

    def lacking(self, version, containment=None):
        return self._lacks.get(version.root, "")

    def turn(self, request):
        self.asked.append((request.version.role, request.only))
        found = self._answers[request.version.root]
        if isinstance(found, Turn):
            return found
        held = {name: said for name, said in found.items() if not request.only or sample(name).fullname in request.only}
        failed = [f"{sample(name).fullname} - {said}" for name, said in held.items() if isinstance(said, str)]
        timed = [(name, said) for name, said in held.items() if not isinstance(said, str)]
        return turn(*timed, failures=tuple(failed))

    def sources(self, version, files):
        return {file: self._sources.get(version.root, {}).get(file, "") for file in files}
