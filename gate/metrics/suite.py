"""The user's own benchmarks: which there are, what each turn is worth, and the ratios that the pairs give."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from gate.domain.limit import Limit
from gate.domain.metric import Direction, Metric, Unit
from gate.domain.settings import EVERY_BENCHMARK, BenchmarkSettings
from gate.domain.suite import LONGEST_NAME, Sample, Suite, SuitePair, Turn, TurnEnding
from gate.domain.version import Role
from gate.metrics.resources import LEAST_SECONDS

SUITE = "benchmarks"
"""The metric's name where the suite as a whole is spoken of."""
PREFIX = "benchmark:"
"""What stands before a benchmark's name in verdict.json."""
CPU_TIMER = "process_time"
SLACK, LEAST_SLACK = 1.01, 0.02
"""Two clocks are compared: a hundredth, and so many seconds, are nobody's lie."""
_ID = re.compile(r"(?P<id>[^\[]*?(?:\[.*?\])?)(?: - (?P<words>.*))?")
"""A line of pytest's summary where the node id is not known."""


def metric_of(name: str) -> Metric | None:
    """The metric that a name in verdict.json stands for; None where it is none of a suite's."""
    return named(name) if name == SUITE or name.startswith(PREFIX) else None


def named(name: str) -> Metric:
    """The metric of a suite, or of one benchmark in it, by its name in verdict.json."""
    return Metric(
        name=name,
        title="Benchmark suite" if name == SUITE else name.removeprefix(PREFIX) or name,
        unit=Unit.SECONDS,
        direction=Direction.LOWER_IS_BETTER,
        explains="Your own suite, by its own report: seconds of one iteration, in interleaved turns of both versions.",
    )


# ------------------------------------------------------------------ limits by name


def limit_for(limits: Mapping[str, Limit], fullname: str, name: str) -> Limit:
    """The most specific limit: by node id, by name, else the longest pattern that matches either."""
    for exact in (fullname, name):
        if exact in limits:
            return limits[exact]
    fitting = [pattern for pattern in limits if matches(pattern, fullname, name)]
    return limits[max(fitting, key=len)] if fitting else Limit(max_ratio=1.0)


def matches(pattern: str, fullname: str, name: str) -> bool:
    """`*` and `?` are wild; brackets are pytest's own, around parameters, and stand for themselves."""
    literal = pattern.replace("[", "[[]")
    return fnmatchcase(fullname, literal) or fnmatchcase(name, literal)


def idle_patterns(limits: Mapping[str, Limit], known: Mapping[str, str]) -> list[str]:
    """Patterns that no benchmark has: a misspelt limit holds nothing."""
    return [
        pattern
        for pattern in limits
        if pattern != EVERY_BENCHMARK and not any(pattern in both or matches(pattern, *both) for both in known.items())
    ]


# ------------------------------------------------------------------ what a turn is worth


def trouble(turn: Turn) -> str:
    """Why nothing that the turn reports is counted; "" where it is sound.

    No process can have spent more CPU on its rounds than it spent in all, which is read from outside.
    """
    if turn.ending is not TurnEnding.OK:
        return turn.error or turn.ending.value
    reported = math.fsum(sample.total for sample in turn.samples if sample.timer == CPU_TIMER)
    if reported > turn.cpu_seconds * SLACK + LEAST_SLACK:
        return f"its report claims {reported:.3g} s of CPU, and it spent {turn.cpu_seconds:.3g} s in all"
    return ""


def ended_early(suite: Suite) -> str:
    """Why the suite broke off before everything was decided; "" where it did not."""
    for number, pair in enumerate(suite.pairs, 1):
        for role in Role:
            if why := trouble(pair.turn(role)):
                return f"turn {number} of the {role.value}: {why}"
    return ""


def sound(suite: Suite) -> tuple[SuitePair, ...]:
    """The pairs that count."""
    return tuple(pair for pair in suite.pairs if not any(trouble(pair.turn(role)) for role in Role))


def turns(suite: Suite, role: Role) -> Iterator[Turn]:
    """The sound turns of a role, the other's beside it sound or not."""
    return (pair.turn(role) for pair in suite.pairs if not trouble(pair.turn(role)))


# ------------------------------------------------------------------ which benchmarks there are


def seen(suite: Suite, role: Role) -> dict[str, str]:
    """Names by node id of what a version ever gave a time of, in its order."""
    return {sample.fullname: sample.name for turn in turns(suite, role) for sample in turn.samples}


def known(suite: Suite) -> dict[str, str]:
    """Names by node id of all benchmarks, the baseline's first and as the baseline calls them: a name picks a limit."""
    return {**seen(suite, Role.BASELINE), **(seen(suite, Role.CANDIDATE) | seen(suite, Role.BASELINE))}


def labels(names: Mapping[str, str]) -> dict[str, str]:
    """What each is called in the verdict: its name, or its node id where another is called so too."""
    often = Counter(names.values())
    return {fullname: name if often[name] == 1 and name not in names else fullname for fullname, name in names.items()}


def source_of(fullname: str) -> str:
    """The file that a node id begins with."""
    return fullname.partition("::")[0]


def changed_sources(suite: Suite) -> set[str]:
    """Files of benchmarks that both versions have, and that differ between them."""
    ours, theirs = (suite.sources.get(role, {}) for role in Role)
    return {path for path in ours if ours[path] != theirs.get(path, "")}


# ------------------------------------------------------------------ failures


def failed(suite: Suite, role: Role, fullname: str) -> str | None:
    """The words of pytest where a benchmark failed under a version ("" = it gave none); None where it did not."""
    names = [*parents(fullname), fullname]
    for line in failures(suite, role):
        for name in names:
            if line == name:
                return ""
            if line.startswith(f"{name} - "):
                return line[len(name) + 3 :]
    return None


def parents(fullname: str) -> list[str]:
    """The file, and the classes, whose failure is the benchmark's too."""
    parts = fullname.partition("[")[0].split("::")
    return ["::".join(parts[:count]) for count in range(1, len(parts))]


def failures(suite: Suite, role: Role) -> list[str]:
    """Every line of what failed under a version, each once."""
    return list(dict.fromkeys(line for turn in turns(suite, role) for line in turn.failures))


def other_failures(suite: Suite, names: Iterable[str]) -> dict[str, dict[Role, str]]:
    """Failures of what never gave a time under either version: words by role, by the id as far as it can be told."""
    covered = {name for fullname in names for name in (*parents(fullname), fullname)}
    found: dict[str, dict[Role, str]] = {}
    for role in Role:
        for line in failures(suite, role):
            if not any(line == name or line.startswith(f"{name} - ") for name in covered):
                told = _ID.fullmatch(line)
                name, words = (told["id"], told["words"] or "") if told else (line, "")
                found.setdefault(name[:LONGEST_NAME], {}).setdefault(role, words)
    return found


# ------------------------------------------------------------------ ratios


def both(suite: Suite, fullname: str) -> list[tuple[Sample, Sample]]:
    """(baseline, candidate) of each sound pair that has the benchmark on both sides."""
    found = [(sample_of(pair.baseline, fullname), sample_of(pair.candidate, fullname)) for pair in sound(suite)]
    return [(ours, theirs) for ours, theirs in found if ours is not None and theirs is not None]


def lost(suite: Suite, fullname: str) -> int:
    """Sound pairs in which the baseline gives a time and the candidate none."""
    return sum(
        sample_of(pair.baseline, fullname) is not None and sample_of(pair.candidate, fullname) is None
        for pair in sound(suite)
    )


def sample_of(turn: Turn, fullname: str) -> Sample | None:
    """The benchmark in a turn."""
    return next((sample for sample in turn.samples if sample.fullname == fullname), None)


def seconds(sample: Sample, statistic: str) -> float:
    """Seconds of one iteration."""
    return sample.median if statistic == "median" else sample.min


def log_ratios(samples: Sequence[tuple[Sample, Sample]], statistic: str, floor: float | None) -> list[float]:
    """Log of candidate / baseline, one a pair; seconds below the floor count as the floor."""
    least = max(floor or 0.0, LEAST_SECONDS)
    ends = [[max(seconds(sample, statistic), least) for sample in pair] for pair in samples]
    return [math.log(theirs / ours) for ours, theirs in ends]


def timers(samples: Sequence[tuple[Sample, Sample]]) -> set[str]:
    """The clocks that a benchmark was timed with."""
    return {sample.timer for pair in samples for sample in pair}


def timed_alike(suite: Suite, settings: BenchmarkSettings) -> dict[str, tuple[Limit, list[float]]]:
    """Limit and log ratios of each benchmark that can be compared, by node id."""
    names = seen(suite, Role.BASELINE)
    comparable = {
        fullname: both(suite, fullname)
        for fullname in names
        if not lost(suite, fullname) and all(failed(suite, role, fullname) is None for role in Role)
    }
    limits = {fullname: limit_for(settings.limits, fullname, names[fullname]) for fullname in comparable}
    return {
        fullname: (limits[fullname], log_ratios(samples, settings.statistic, limits[fullname].floor))
        for fullname, samples in comparable.items()
        if samples and len(timers(samples)) == 1
    }
