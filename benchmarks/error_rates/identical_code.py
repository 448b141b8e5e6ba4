"""How often the gate blocks identical code: v1 against itself under other seeds, on the default suite.

`python -m benchmarks.error_rates.identical_code [--quick] [--cache FOLDER] [--starts 8 1]`

Every seed is observed once, groups of five seeds are then judged against each other on the same bars. Judged are all
blocking limits that need no timed pair, no cold process and no second answer; those have scripts of their own.
"""

from collections import Counter
from pathlib import Path

import msgspec

from benchmarks.error_rates.figures import Figure, options, report, watched
from benchmarks.error_rates.observed import Groups, Pairs, disjoint_groups, observed, shuffled_groups, suite
from gate.domain.settings import Settings
from gate.domain.verdict import Judgement, Outcome, Reason
from gate.judging.judge import Circumstances, judge_all

LEFT_OUT = ("cpu", "memory", "memory_growth", "determinism")
EVIDENCE, DEFAULT, DRIFT = "rule evidence", "default rule", "warned of a drift"
ANY = "any of them"
MOST = 0.05


def under_evidence(settings: Settings) -> Settings:
    """The same limits, each asking for evidence."""
    limits = {name: msgspec.structs.replace(limit, rule="evidence") for name, limit in settings.limits.items()}
    return msgspec.structs.replace(settings, limits=limits)


def alarms_of(judgements: tuple[Judgement, ...], default: Settings) -> set[tuple[str, str]]:
    """(rule, metric) of everything that fired, from judgements under evidence.

    What evidence alone held back is exactly what the value alone would have blocked, so one judging tells both.
    """
    found = set()
    for judgement in judgements:
        held_back = judgement.reason is Reason.NOT_SHOWN_BY_EVIDENCE
        failed = judgement.outcome is Outcome.FAIL
        literal = default.limits[judgement.metric].rule == "point"
        fired = {EVIDENCE: failed, DEFAULT: failed or (held_back and literal), DRIFT: judgement.reason is Reason.DRIFT}
        found |= {(rule, name) for rule, did in fired.items() if did for name in (judgement.metric, ANY)}
    return found


def judged(pairs: Pairs, groups: Groups) -> tuple[Judgement, ...]:
    """The judgements that this script is about."""
    answer = judge_all(pairs.evidence(groups), Circumstances())
    return tuple(j for j in answer.judgements if j.blocking and j.metric not in LEFT_OUT)


def figures(cache: Path, seeds: int, starts: int, count: int) -> list[Figure]:
    """Shares of pairs, a line a rule and metric."""
    default = suite(starts)
    pairs = Pairs(observed(cache, seeds, starts), under_evidence(default))
    alone = disjoint_groups(seeds)[:count]
    every = [*alone, *shuffled_groups(seeds, count - len(alone))]
    fired: Counter[tuple[str, str]] = Counter()
    names: dict[str, None] = {}
    for groups in watched(every, "judging identical code"):
        judgements = judged(pairs, groups)
        fired.update(alarms_of(judgements, default))
        names |= dict.fromkeys(judgement.metric for judgement in judgements)
    return [
        Figure(
            name=f"{rule}: {name}",
            value=fired[rule, name] / len(every),
            unit="%",
            at_most=MOST if rule == EVIDENCE else None,
            note=f"{fired[rule, name]} of {len(every)} pairs",
        )
        for rule in (EVIDENCE, DEFAULT, DRIFT)
        for name in (*names, ANY)
        if rule == EVIDENCE or fired[rule, name] or name == ANY
    ]


def main():
    parser = options(__doc__)
    parser.add_argument("--cache", type=Path, default=Path("gate-out/error-rates"), help="where runs are kept")
    parser.add_argument("--seeds", type=int, default=100, help="seeds that are run")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of groups that are judged")
    parser.add_argument("--starts", type=int, nargs="+", default=[8, 1], help="starts a fit; v1 has 8")
    asked = parser.parse_args()
    seeds, count = (20, 20) if asked.quick else (asked.seeds, asked.pairs)
    for starts in asked.starts:
        report(
            f"Identical code, blocked: v1 with {starts} start{'s' * (starts > 1)} a fit, five of {seeds} seeds a side",
            figures(asked.cache, seeds, starts, count),
            asked.json.with_stem(f"{asked.json.stem}-{starts}") if asked.json else None,
            [
                f"Left out: {', '.join(LEFT_OUT)} (they need timed pairs, cold processes or second answers).",
                "Both sides meet the same bars, so this is the luck of seeds alone; pairs share seeds with others.",
                "A rule not shown for a metric never fired.",
            ],
        )


if __name__ == "__main__":
    main()
