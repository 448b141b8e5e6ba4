"""Shards into one observation: all of them, each once, all of one question; or an error that says what is amiss."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from gate.domain.observation import Ending, Market, Observations, RunKey, RunObservation
from gate.domain.shard import Shard
from gate.domain.version import Role
from gate.errors import ObservationError
from gate.metrics.evidence import is_simulated

OWN = frozenset(
    {
        "loading",
        "markets",
        "runs",
        "pairs",
        "timing_error",
        "repeats",
        "memory_over_time",
        "suite",
        "environment",
        "wall_seconds",
        "shard",
    }
)
"""What each shard has of its own, and is joined below. Everything else must be the same in all of them."""
AGREE = [field.name for field in fields(Observations) if field.name not in OWN]
NAMES = {
    "data_sha256": "market data",  # of all symbols, not of a share
    "data_sources": "market data",
    "data_bars": "market data",
    "policy_sha256": "policy",
    "settings_json": "settings",
    "quick": "question",
    "not_measured": "question",
}
"""What to call it; else as it is called here."""
ADVICE = "observe every shard again, in one workflow run"


def merged(shards: Sequence[Observations]) -> Observations:
    """Join the shards. Raises ObservationError; a shard that is missing is never made up for."""
    ordered = all_there(shards)
    same_question(ordered)
    first = ordered[0]
    whole = first.shard.symbols if first.shard else ()
    for one in ordered:
        check_share(one)
    runs = in_order([run for one in ordered for run in one.runs], whole)
    check_seeds(runs)
    return replace(
        first,
        markets=markets(ordered, whole),
        runs=tuple(runs),
        memory_over_time=tuple(picture for one in ordered for picture in one.memory_over_time),
        environment=environments(ordered),
        wall_seconds=slowest(ordered),
        shard=None,
    )


def all_there(shards: Sequence[Observations]) -> list[Observations]:
    """By number, each of 1 .. of exactly once."""
    numbered: dict[int, Observations] = {}
    for one in shards:
        if one.shard is None:
            raise ObservationError("one of these is a whole observation, not a shard", "judge it: gate judge")
        if one.shard.number in numbered:
            raise ObservationError(f"shard {one.shard} is given twice", "give each shard once")
        numbered[one.shard.number] = one
    totals = {one.shard.of for one in shards if one.shard}
    if len(totals) != 1:
        said = ", ".join(map(str, sorted(totals)))
        raise ObservationError(f"the shards are shares of different wholes: of {said or 'none'}", ADVICE)
    missing = [str(number) for number in range(1, totals.pop() + 1) if number not in numbered]
    if missing:
        raise ObservationError(
            f"of {len(numbered) + len(missing)} shards, {', '.join(missing)} did not arrive: nothing can be judged",
            "see why that job failed, then run it again",
        )
    return [numbered[number] for number in sorted(numbered)]


def same_question(ordered: Sequence[Observations]) -> None:
    """Every shard answers what the first one answers."""
    first = ordered[0]
    for one in ordered[1:]:
        differing = [NAMES.get(name, name) for name in AGREE if getattr(one, name) != getattr(first, name)]
        if one.shard and first.shard and one.shard.symbols != first.shard.symbols:
            differing.append("symbols")
        if endings(one) != endings(first):
            differing.append("outcome of loading the versions")
        if differing:
            raise ObservationError(f"shard {one.shard} was observed on another {differing[0]} than shard 1", ADVICE)
        if one.pairs or one.repeats or one.suite or one.timing_error:
            raise ObservationError(f"shard {one.shard} has timed something, which is shard 1's to do", ADVICE)


def endings(one: Observations) -> dict[Role, Ending]:
    """How loading each version went."""
    return {role: loading.ending for role, loading in one.loading.items()}


def check_share(one: Observations) -> None:
    """A shard holds the runs of its share, for every version that loads, and no others."""
    shard, able = one.shard or Shard(number=1, of=1), able_roles(one)
    wanted = {(symbol, role) for symbol in shard.mine for role in able}
    found = {(run.key.symbol, run.key.role) for run in one.runs}
    if lacking := sorted(wanted - found):
        raise ObservationError(f"shard {shard} has no run of {lacking[0][0]} under the {lacking[0][1]}", ADVICE)
    if found - wanted:
        raise ObservationError(f"shard {shard} has runs that are not its share", ADVICE)


def able_roles(one: Observations) -> set[Role]:
    """Versions that were run: where the candidate does not load, nothing is."""
    able = {role for role, ending in endings(one).items() if ending is Ending.OK}
    return able if Role.CANDIDATE in able else set()


def check_seeds(runs: Sequence[RunObservation]) -> None:
    """Every symbol was run under the same seeds."""
    seeds: dict[tuple[str, Role], set[int]] = {}
    for run in runs:
        if not is_simulated(run.key.symbol):
            seeds.setdefault((run.key.symbol, run.key.role), set()).add(run.key.seed)
    if len({frozenset(found) for found in seeds.values()}) > 1:
        raise ObservationError("the shards were run under different seeds", ADVICE)


def in_order(runs: Iterable[RunObservation], symbols: Sequence[str]) -> list[RunObservation]:
    """As one job would have run them."""
    place = {symbol: number for number, symbol in enumerate(symbols)}

    def planned(key: RunKey) -> tuple[bool, int, int, int]:
        return is_simulated(key.symbol), key.seed, place[key.symbol], list(Role).index(key.role)

    return sorted(runs, key=lambda run: planned(run.key))


def markets(ordered: Sequence[Observations], symbols: Sequence[str]) -> dict[str, Market]:
    """Of all shards, in the order of the plan."""
    found = {symbol: market for one in ordered for symbol, market in one.markets.items()}
    return {symbol: found[symbol] for symbol in symbols if symbol in found}


def environments(ordered: Sequence[Observations]) -> dict[str, str]:
    """What was the same everywhere once, what was not with every machine's word."""
    names = dict.fromkeys(name for one in ordered for name in one.environment)
    said = {name: dict.fromkeys(one.environment.get(name, "not said") for one in ordered) for name in names}
    return {name: " · ".join(values) for name, values in said.items()} | {"jobs": f"{len(ordered)} shards"}


def slowest(ordered: Sequence[Observations]) -> dict[str, float]:
    """The jobs run side by side: a stage takes as long as its slowest."""
    stages = dict.fromkeys(stage for one in ordered for stage in one.wall_seconds)
    return {stage: max(one.wall_seconds.get(stage, 0.0) for one in ordered) for stage in stages}
