"""Which commit moved a metric: a step function from what is answered so far to the next question, or to the answer.

Positions 0 .. count are commits, 0 the good end. The same answers, in whatever order, give the same step, so a search
that is replayed from its log resumes exactly. It is a Bayesian search over the commits (Burnashev & Zigangirov 1974,
Problems of Information Transmission 10): ask of the testable commit whose posterior is nearest one half, stop where one
commit has MASS, and then hold that one against its own parent. Where answers are certain it is bisection.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from gate.domain.culprit import Paired, Said, Told, Untestable, Why
from gate.judging.sequential import SIGMA, evidence, middle, stand

ODDS = 99.0
"""For and against: that the ends differ, and that the culprit does from its parent, is shown at 99:1."""
ALPHA = 1.0 / (1.0 + ODDS)
MASS = 0.99
"""Posterior mass at which the search stops and verification begins."""
MARGIN = 1.25
"""Ends that are shown to differ by less than this are not worth a search."""
FEWEST = 5
"""Pairs of the two ends: fewer say too little of by how much they differ."""
MOST_PAIRS = 80
MOST_AT_ONCE = 30
"""Pairs of the same two commits, after which it is not known whether they differ."""
MOST_REFUTED = 2
"""Commits that did not move it, though the search pointed at them: more than one other did."""

Answer = Told | Paired


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What is searched."""

    count: int
    """Commits that change something of what is measured; the last is the bad end."""
    noisy: bool = False
    untestable: Untestable = Untestable.SKIP


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """The next question: the commit at `position`, where it is noisy in a pair with the one at `beside`."""

    position: int
    beside: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The culprit, and the position that it was shown against."""

    position: int
    after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ambiguous:
    """One of these, and it is not known which: nothing is reverted on it."""

    positions: tuple[int, ...]
    why: Why


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The ends do not bear the question out."""

    why: Why
    position: int


Step = Ask | Found | Ambiguous | Refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """The history, sorted by what it is about."""

    said: dict[int, Said] = field(default_factory=dict)
    logs: dict[tuple[int, int], list[float]] = field(default_factory=dict)

    @property
    def pairs(self) -> int:
        """Pairs made so far."""
        return sum(map(len, self.logs.values()))

    def of(self, position: int, beside: int = 0) -> list[float]:
        """Log ratios of two commits."""
        return self.logs.get((position, beside), [])


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Commits after..end as one: only `end` can be tested, or is the only one."""

    after: int
    end: int

    @property
    def commits(self) -> tuple[int, ...]:
        """Who of them may be the culprit."""
        return tuple(range(self.after + 1, self.end + 1))


def step(search: Search, history: Iterable[Answer]) -> Step:
    """The next question, or the answer."""
    facts = facts_of(history)
    return (noisy_ends if search.noisy else ends)(search, facts) or inside(search, facts)


def facts_of(history: Iterable[Answer]) -> Facts:
    """Sort the answers; a commit that was called both good and bad is unknown."""
    facts = Facts()
    for answer in history:
        if isinstance(answer, Paired):
            facts.logs.setdefault((answer.position, answer.beside), []).append(answer.log)
        else:
            before = facts.said.get(answer.position, answer.said)
            facts.said[answer.position] = before if before is answer.said else Said.UNKNOWN
    return facts


def ends(search: Search, facts: Facts) -> Step | None:
    """Both ends first: a bad good end converges on nonsense."""
    for position, wanted, other in (
        (0, Said.GOOD, Why.GOOD_END_IS_BAD),
        (search.count, Said.BAD, Why.BAD_END_IS_GOOD),
    ):
        said = facts.said.get(position)
        if said is None:
            return Ask(position=position)
        if said is not wanted:
            return Refused(why=other if said in (Said.GOOD, Said.BAD) else untested(position), position=position)
    return None


def noisy_ends(search: Search, facts: Facts) -> Step | None:
    """Pairs of the two ends until they are shown to differ, and enough to say by how much."""
    for position in (0, search.count):
        if facts.said.get(position) in (Said.UNTESTABLE, Said.UNKNOWN):
            return Refused(why=untested(position), position=position)
    found = stand(facts.of(search.count), ALPHA)
    if found.low > 1.0 and found.pairs >= FEWEST:
        return None
    if found.pairs and found.high <= MARGIN:
        return Refused(why=Why.BAD_END_IS_GOOD, position=search.count)
    if found.pairs >= MOST_AT_ONCE:
        return Refused(why=Why.ENDS_TOO_CLOSE, position=search.count)
    return Ask(position=search.count)


def untested(position: int) -> Why:
    """Which end it is that cannot be tested."""
    return Why.BAD_END_UNTESTABLE if position else Why.GOOD_END_UNTESTABLE


def inside(search: Search, facts: Facts) -> Step:
    """Between the ends."""
    blocks = blocks_of(search, facts)
    masses = posterior(blocks, search, facts)
    refuted = [block for block in blocks if is_refuted(block, search, facts)]
    if len(refuted) >= MOST_REFUTED or not any(masses):
        return Ambiguous(positions=shown(search, facts), why=Why.NOT_VERIFIED)
    best = max(range(len(blocks)), key=masses.__getitem__)
    if masses[best] >= MASS:
        return verified(blocks[best], search, facts)
    if facts.pairs >= MOST_PAIRS:
        return Ambiguous(positions=credible(blocks, masses), why=Why.TOO_MANY_PAIRS)
    return Ask(position=nearest_half(blocks, masses))


def blocks_of(search: Search, facts: Facts) -> list[Block]:
    """The commits between the last that is good and the next that is bad, cut where they can be tested."""
    low = max((p for p, said in facts.said.items() if said is Said.GOOD), default=0)
    bad = [p for p, said in facts.said.items() if said is Said.BAD and p > low]
    high = min([*bad, search.count])
    cuts = [p for p in range(low + 1, high) if facts.said.get(p) not in (Said.UNTESTABLE, Said.UNKNOWN)]
    return [Block(after=after, end=end) for after, end in pairwise([low, *cuts, high])]


def posterior(blocks: Sequence[Block], search: Search, facts: Facts) -> list[float]:
    """Mass of each block; before any pair all are alike, so that certain answers halve their number.

    A commit is bad where one at or before it moved it: each pair speaks for all of those at once.
    """
    moved, sigma = size(search, facts)
    told = list(accumulate(evidence(facts.of(block.end), moved, sigma) for block in reversed(blocks)))[::-1]
    weights = [
        -math.inf if is_refuted(block, search, facts) else said for block, said in zip(blocks, told, strict=True)
    ]
    most = max(weights)
    if most == -math.inf:
        return [0.0] * len(blocks)
    masses = [math.exp(weight - most) for weight in weights]
    total = sum(masses)
    return [mass / total for mass in masses]


def size(search: Search, facts: Facts) -> tuple[float, float]:
    """By how much the ends differ in logs, and the standard deviation of one pair."""
    logs = facts.of(search.count)
    found = stand(logs)
    return (middle(logs), found.scatter if found.noisy else SIGMA) if logs else (0.0, SIGMA)


def nearest_half(blocks: Sequence[Block], masses: Sequence[float]) -> int:
    """The testable commit at or before which the culprit lies with a probability nearest one half."""
    sums, total = [], 0.0
    for mass in masses[:-1]:
        total += mass
        sums.append(abs(total - 0.5))
    return blocks[min(range(len(sums)), key=sums.__getitem__)].end


def odds(block: Block, search: Search, facts: Facts) -> float:
    """Log odds, from its pairs with its parent alone, that the block moved what the ends differ by."""
    return evidence(facts.of(block.end, block.after), *size(search, facts))


def is_refuted(block: Block, search: Search, facts: Facts) -> bool:
    """Shown not to have moved it."""
    return odds(block, search, facts) <= -math.log(ODDS)


def verified(block: Block, search: Search, facts: Facts) -> Step:
    """Held against its own parent; what moved it is named where it is one commit."""
    if is_certain(block, facts) or odds(block, search, facts) >= math.log(ODDS):
        return named(block, search, facts)
    if len(facts.of(block.end, block.after)) >= MOST_AT_ONCE:
        return Ambiguous(positions=block.commits, why=Why.NOT_VERIFIED)
    return Ask(position=block.end, beside=block.after)


def is_certain(block: Block, facts: Facts) -> bool:
    """Good before and bad after, for certain."""
    return facts.said.get(block.after) is Said.GOOD and facts.said.get(block.end) is Said.BAD


def named(block: Block, search: Search, facts: Facts) -> Step:
    """The one commit of the block, or the first that broke the build where that is asked for, or all of them."""
    first = block.after + 1
    if first == block.end:
        return Found(position=first, after=block.after)
    if search.untestable is Untestable.CULPRIT and facts.said.get(first) is Said.UNTESTABLE:
        return Found(position=first, after=block.after)
    return Ambiguous(positions=block.commits, why=Why.HIDDEN_BY_UNTESTABLE)


def credible(blocks: Sequence[Block], masses: Sequence[float]) -> tuple[int, ...]:
    """The fewest commits that have MASS together."""
    kept: list[Block] = []
    total = 0.0
    for place in sorted(range(len(blocks)), key=lambda place: -masses[place]):
        if total >= MASS:
            break
        kept.append(blocks[place])
        total += masses[place]
    return tuple(sorted(position for block in kept for position in block.commits))


def shown(search: Search, facts: Facts) -> tuple[int, ...]:
    """The shortest stretch over which it is shown to have moved, whoever else moved it too; no model of one culprit."""
    stands = {end: stand(logs, ALPHA) for (end, beside), logs in facts.logs.items() if not beside}
    highs = {0: 1.0} | {end: found.high for end, found in stands.items()}
    stretches = [(low, high) for low in highs for high in stands if low < high and stands[high].low > highs[low]]
    low, high = min(stretches, key=lambda ends: (ends[1] - ends[0], ends), default=(0, search.count))
    return tuple(range(low + 1, high + 1))
