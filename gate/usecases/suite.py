"""The user's own benchmarks in interleaved turns: both versions in random order, until every benchmark is decided."""

import random
from collections.abc import Mapping, Sequence

from gate.domain.plan import TurnRequest
from gate.domain.sandbox import BY_LIMITS, Containment
from gate.domain.settings import BenchmarkSettings
from gate.domain.suite import Suite, SuitePair, Turn, TurnEnding
from gate.domain.version import Role, Version
from gate.errors import ConfigError, VersionError
from gate.judging.suite import decided
from gate.metrics.suite import source_of, timed_alike, trouble
from gate.ports import BenchmarkSuite, Progress

TURN_SEED = 20_251_024


def time_suite(
    suite: BenchmarkSuite,
    versions: Mapping[Role, Version],
    settings: BenchmarkSettings,
    progress: Progress,
    containment: Containment = BY_LIMITS,
) -> Suite:
    """Take turns until nothing is open, the cap is reached, or a turn cannot be believed.

    Raises BrokenQuestionError where the baseline has no suite to be held against, after its first turn.
    """
    refuse_lacking(suite, versions, containment)
    pairs: list[SuitePair] = []
    order = random.Random(TURN_SEED)  # noqa: S311 (which goes first)
    progress.stage("Benchmarks", len(Role) * settings.pairs_max)
    only: tuple[str, ...] = ()
    while len(pairs) < settings.pairs_max and (only or not pairs):
        roles = list(Role)
        order.shuffle(roles)
        turns = {}
        for role in roles:
            asked = TurnRequest(version=versions[role], settings=settings, only=only, containment=containment)
            turns[role] = suite.turn(asked)
            progress.step(f"turn {len(pairs) + 1}")
        pairs.append(SuitePair(first=roles[0], baseline=turns[Role.BASELINE], candidate=turns[Role.CANDIDATE]))
        refuse_nothing(pairs[0].baseline, settings)
        if any(map(trouble, turns.values())):
            break
        only = still_open(pairs, settings)
    return Suite(pairs=tuple(pairs), sources=sources(suite, versions, pairs))


def refuse_lacking(suite: BenchmarkSuite, versions: Mapping[Role, Version], containment: Containment) -> None:
    """A version whose interpreter cannot run the suite."""
    for role, version in versions.items():
        if lacking := suite.lacking(version, containment):
            raise VersionError(
                f"[benchmarks]: the {role.value}'s interpreter ({version.environment}) {lacking}",
                "add pytest and pytest-benchmark to the version's dependencies, or name an interpreter in `python`",
            )


def refuse_nothing(turn: Turn, settings: BenchmarkSettings) -> None:
    """A suite that the version which trades today cannot start, or that holds no benchmark."""
    where = ", ".join(settings.paths)
    if turn.ending is TurnEnding.NOT_STARTED:
        raise ConfigError(
            f"[benchmarks]: pytest does not start on {where} under the baseline: {turn.error}",
            "mend paths and args, or the suite of the baseline",
        )
    if turn.ending is TurnEnding.OK and not turn.samples and not turn.failures:
        raise ConfigError(
            f"[benchmarks]: {where} holds no benchmark under the baseline",
            "paths are relative to the version's root; only tests that use the fixture `benchmark` count",
        )


def still_open(pairs: Sequence[SuitePair], settings: BenchmarkSettings) -> tuple[str, ...]:
    """Node ids of the benchmarks of which more turns could still change what is said."""
    found = timed_alike(Suite(pairs=tuple(pairs)), settings)
    return tuple(fullname for fullname, (limit, logs) in found.items() if not decided(logs, limit, settings))


def sources(
    suite: BenchmarkSuite, versions: Mapping[Role, Version], pairs: Sequence[SuitePair]
) -> dict[Role, dict[str, str]]:
    """What the files of the baseline's benchmarks are in each version."""
    files = sorted({source_of(sample.fullname) for pair in pairs for sample in pair.baseline.samples})
    return {role: suite.sources(version, files) for role, version in versions.items()}
