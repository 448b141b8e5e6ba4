"""The four tools: each decides in one block about every slowdown, as its users would have it decide."""

import json
import math
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.error_rates.cpu import ARMS, BASE, CPU, Loaded, Round, decision
from benchmarks.peers.environment import Environment
from gate.domain.verdict import Outcome

COMPARED = {arm: times for arm, times in ARMS.items() if times != 5.0}
"""v1, v1 again and the slowdowns that every tool is asked about."""
CANDIDATES = tuple(arm for arm in COMPARED if arm != BASE)
PYTEST, STORED = "pytest-benchmark", "pytest-benchmark, stored baseline"
MARGIN = CPU.limit.warn_ratio
LIMIT = CPU.limit.max_ratio


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One decision about one candidate."""

    slower: bool
    """By more than the margin, as the tool says it."""
    over: bool
    """Beyond the limit, by the same rule with the limit in the place of the margin."""
    undecided: bool = False
    """The tool says that it cannot tell."""
    loads: int
    """Cold starts with imports, beside the seconds."""
    seconds: float
    """Wall time of what was run for it."""
    loading: float = 0.0
    """Wall time of cold starts with imports that were measured with it."""


class Bench:
    """What the peers need: their environment, the window in a file, and a process to be forked."""

    def __init__(self, environment: Environment, window: Path):
        self.environment, self.window = environment, window
        command = [environment.python, "-m", "benchmarks.peers.served"]
        piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.server = subprocess.Popen(command, env=environment.variables, cwd=window.parent, **piped)
        self.server.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stdin.close()
        self.server.wait()

    def do(self, what, **asked):
        """(wall seconds, exit code, what it printed) of one task of `served.py`."""
        log = self.window.parent / "log"
        print(json.dumps({"do": what, "log": str(log), "window": str(self.window), **asked}), file=self.server.stdin)
        self.server.stdin.flush()
        answer = json.loads(self.server.stdout.readline())
        return answer["seconds"], answer["code"], log.read_text()

    def told(self, what, **asked):
        """(wall seconds, the JSON that it printed)."""
        seconds, code, printed = self.do(what, **asked)
        if code:
            raise RuntimeError(printed)
        return seconds, json.loads(printed)


def gate(loaded: Loaded, draw: random.Random) -> dict[str, Decided]:
    """Pairs through the gate's runner until its rule has enough; the candidates share the baseline's readings."""
    measured: list[Round] = []
    loading = loaded.import_both()
    return {arm: of_gate(decision(in_turn(measured, loaded, draw), arm), loading) for arm in CANDIDATES}


def in_turn(measured: list[Round], loaded: Loaded, draw: random.Random) -> Iterator[Round]:
    """The rounds of this block from the first on; measured when they are first needed."""
    index = 0
    while True:
        if index == len(measured):
            measured.append(loaded.round(draw))
        yield measured[index]
        index += 1


def of_gate(decided, loading: float) -> Decided:
    """The gate's word for it."""
    return Decided(
        slower=decided.outcome in (Outcome.WARN, Outcome.FAIL),
        over=decided.outcome is Outcome.FAIL,
        undecided=decided.outcome is Outcome.NO_DATA,
        loads=0,
        seconds=decided.seconds,
        loading=loading,
    )


def pytest_benchmark(bench: Bench) -> dict[str, dict[str, Decided]]:
    """A saved run of the baseline, then a run of each candidate against it: decided by the exit code.

    And against the run of the baseline that the last block saved, as where a CI job keeps its results for the next.
    """
    stored, earlier = (bench.window.with_name(name) for name in ("stored.json", "earlier.json"))
    if stored.exists():
        stored.replace(earlier)
    now: dict[str, Decided] = {}
    before: dict[str, Decided] = {}
    with tempfile.TemporaryDirectory() as scratch:
        first = pytest_session(bench, BASE, scratch, "--benchmark-save=baseline", f"--benchmark-json={stored}")[0]
        for arm in CANDIDATES:
            kept = Path(scratch) / "candidate.json"
            rule = ("--benchmark-compare=0001", f"--benchmark-compare-fail={percent(MARGIN)}")
            seconds, slower = pytest_session(bench, arm, scratch, *rule, f"--benchmark-json={kept}")
            over = checked(bench, kept, stored)[1]
            now[arm] = Decided(slower=slower, over=over, loads=2, seconds=first + seconds)
            if earlier.exists():
                slower, over = checked(bench, kept, earlier)
                before[arm] = Decided(slower=slower, over=over, loads=1, seconds=seconds)
    return {PYTEST: now, STORED: before} if before else {PYTEST: now}


def pytest_session(bench, arm, scratch, *options):
    """(wall seconds, whether it failed for a regression) of the real command with its default settings."""
    place = Path(__file__).with_name("timed_by_pytest.py")
    plain = ("-q", "-c", "/dev/null", "--rootdir", scratch, "-p", "no:cacheprovider")
    stored = f"--benchmark-storage=file://{scratch}/saved"
    arguments = [str(place), *plain, stored, *options]
    seconds, code, printed = bench.do("pytest", times=COMPARED[arm], arguments=arguments)
    regressed = code != 0 and "Performance has regressed" in printed
    if code and not regressed:
        raise RuntimeError(printed)
    return seconds, regressed


def checked(bench, current, compared):
    """(beyond the margin, beyond the limit) by its own check of two saved runs."""
    return bench.told("regressed", runs=[str(current), str(compared)], thresholds=[percent(MARGIN), percent(LIMIT)])[1]


def percent(ratio):
    """A ratio as pytest-benchmark's threshold."""
    return f"mean:{round(100 * (ratio - 1))}%"


def asv(bench: Bench) -> dict[str, Decided]:
    """Two rounds over the versions, the first backwards, a process each: `asv run` over commits, `asv compare`."""
    samples: dict[str, list[float]] = {arm: [] for arm in COMPARED}
    seconds = dict.fromkeys(COMPARED, 0.0)
    for order in (reversed(COMPARED), COMPARED):
        for arm in order:
            spent, found = bench.told("asv_samples", times=COMPARED[arm])
            samples[arm] += found["samples"]
            seconds[arm] += spent
    decided = {}
    for arm in CANDIDATES:
        asked = {"samples": [samples[BASE], samples[arm]], "factors": [MARGIN, LIMIT]}
        slower, over = bench.told("asv_compare", **asked)[1]
        spent = seconds[BASE] + seconds[arm]
        decided[arm] = Decided(slower=slower, over=over, loads=2, seconds=spent)
    return decided


def hyperfine(bench: Bench, runs: int) -> dict[str, Decided]:
    """Whole processes, a block of runs of each version after the other, in one command."""
    environment = bench.environment
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch) / "runs.json"
        program = f"{environment.python} -m benchmarks.peers.work {bench.window}"
        commands = [f"{program} {times}" for times in COMPARED.values()]
        call = [environment.hyperfine, "--shell=none", "--style=none", f"--runs={runs}", f"--export-json={kept}"]
        subprocess.run([*call, *commands], env=environment.variables, check=True, capture_output=True)
        results = dict(zip(COMPARED, json.loads(kept.read_text())["results"], strict=True))
    base = results[BASE]
    return {
        arm: Decided(
            slower=hyperfine_says(base, results[arm], MARGIN),
            over=hyperfine_says(base, results[arm], LIMIT),
            loads=0,
            seconds=sum(base["times"]) + sum(results[arm]["times"]),
        )
        for arm in CANDIDATES
    }


def hyperfine_says(base: dict, other: dict, ratio: float) -> bool:
    """`base` "ran x ± y times faster than" `other`, and x - y is more than the ratio.

    The ± is as hyperfine prints it: both standard deviations propagated (its src/benchmark/relative_speed.rs).
    """
    times = other["mean"] / base["mean"]
    return times - times * math.hypot(base["stddev"] / base["mean"], other["stddev"] / other["mean"]) > ratio
