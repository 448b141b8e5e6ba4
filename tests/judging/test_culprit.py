"""Finding the commit that moved a metric: laws of the step function, whatever the history."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.domain.culprit import Paired, Said, Told, Untestable, Why
from gate.judging.culprit import (
    ALPHA,
    FEWEST,
    MARGIN,
    MASS,
    MOST_AT_ONCE,
    MOST_PAIRS,
    Ambiguous,
    Ask,
    Block,
    Facts,
    Found,
    Refused,
    Search,
    blocks_of,
    credible,
    posterior,
    shown,
    size,
    step,
)
from gate.judging.sequential import SIGMA, evidence, radius

SPREAD = 0.18
"""Standard deviation of one pair's log ratio, as it was measured on a loaded machine."""


class World:
    """A line of commits of which it is known who broke it; answers what is asked."""

    def __init__(self, count, culprit, untestable=(), unknown=(), rule=Untestable.SKIP):
        self.search = Search(count=count, untestable=rule)
        self.culprit, self.untestable, self.unknown = culprit, set(untestable), set(unknown)

    def answer(self, ask):
        if ask.position in self.untestable:
            return Told(position=ask.position, said=Said.UNTESTABLE)
        if ask.position in self.unknown:
            return Told(position=ask.position, said=Said.UNKNOWN)
        return Told(position=ask.position, said=Said.BAD if ask.position >= self.culprit else Said.GOOD)

    def searched(self, history=()):
        """The answer, and the whole history."""
        history = list(history)
        while isinstance(found := step(self.search, history), Ask):
            assert len(history) < 1000, "no end"
            history.append(self.answer(found))
        return found, history

    @property
    def hidden(self):
        """The commits among which the culprit cannot be told, because those before it cannot be tested."""
        blind = self.untestable | self.unknown
        first, last = self.culprit, self.culprit
        while first - 1 in blind:
            first -= 1
        while last in blind:
            last += 1
        return tuple(range(first, last + 1))


class Timed(World):
    """The same, with every pair's log ratio drawn by chance."""

    def __init__(self, count, movers, spread=SPREAD, seed=0, untestable=(), rule=Untestable.SKIP):
        super().__init__(count, max(movers), untestable, rule=rule)
        self.search = Search(count=count, noisy=True, untestable=rule)
        self.movers, self.spread, self.random = movers, spread, random.Random(seed)

    def level(self, position):
        return sum(math.log(ratio) for mover, ratio in self.movers.items() if mover <= position)

    def answer(self, ask):
        if ask.position in self.untestable:
            return Told(position=ask.position, said=Said.UNTESTABLE)
        mean = self.level(ask.position) - self.level(ask.beside)
        return Paired(position=ask.position, beside=ask.beside, log=self.random.gauss(mean, self.spread))


@st.composite
def worlds(draw, rules=(Untestable.SKIP,)):
    count = draw(st.integers(1, 80))
    inner = st.sets(st.integers(1, count - 1)) if count > 1 else st.just(set())
    blind = draw(inner)
    unknown = {p for p in blind if draw(st.booleans())} if draw(st.booleans()) else set()
    return World(count, draw(st.integers(1, count)), blind - unknown, unknown, draw(st.sampled_from(rules)))


def evaluations(history):
    """Answers that cost a comparison: whether a commit parses and imports is seen in a second."""
    return sum(answer.said is not Said.UNTESTABLE for answer in history)


# ------------------------------------------------------------------ certain answers


@given(worlds())
def test_the_culprit_is_found_or_is_in_the_ambiguous_set_whatever_cannot_be_tested(world):
    found, _ = world.searched()
    if len(world.hidden) == 1:
        assert found == Found(position=world.culprit, after=world.culprit - 1)
    else:
        assert found == Ambiguous(positions=world.hidden, why=Why.HIDDEN_BY_UNTESTABLE)


@given(worlds())
def test_no_more_evaluations_than_halving_takes_and_the_two_ends(world):
    _, history = world.searched()
    unknown = sum(answer.said is Said.UNKNOWN for answer in history)
    assert evaluations(history) - unknown <= math.ceil(math.log2(world.search.count)) + 2
    assert len(history) == len({answer.position for answer in history}), "nobody is asked twice"


@given(worlds(tuple(Untestable)), st.data())
def test_a_search_resumed_from_any_part_of_its_log_ends_the_same(world, data):
    found, history = world.searched()
    kept = history[: data.draw(st.integers(0, len(history)))]
    assert world.searched(kept) == (found, history)


@given(worlds(tuple(Untestable)), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_nothing(world, shuffler):
    found, history = world.searched()
    shuffler.shuffle(history)
    assert step(world.search, history) == found


ANSWERS = st.lists(
    st.one_of(
        st.builds(Told, position=st.integers(0, 12), said=st.sampled_from(Said)),
        st.builds(
            Paired, position=st.integers(1, 12), beside=st.integers(0, 11), log=st.floats(-3.0, 3.0, allow_nan=False)
        ),
    ),
    max_size=60,
)


@given(ANSWERS, st.booleans(), st.sampled_from(Untestable))
def test_nobody_outside_the_interval_is_asked_or_accused_whatever_was_answered(history, noisy, rule):
    found = step(Search(count=12, noisy=noisy, untestable=rule), history)
    match found:
        case Ask():
            assert 0 <= found.beside <= found.position <= 12
        case Found():
            assert 0 <= found.after < found.position <= 12
        case Ambiguous():
            assert found.positions
            assert set(found.positions) <= set(range(1, 13))
        case Refused():
            assert found.position in (0, 12)


@given(worlds((Untestable.CULPRIT,)))
def test_where_it_is_asked_for_the_first_commit_that_broke_the_build_is_the_culprit(world):
    found, _ = world.searched()
    first = world.hidden[0]
    if len(world.hidden) > 1 and first in world.untestable:
        assert found == Found(position=first, after=first - 1)
    elif len(world.hidden) > 1:
        assert found == Ambiguous(positions=world.hidden, why=Why.HIDDEN_BY_UNTESTABLE)
    else:
        assert found == Found(position=world.culprit, after=world.culprit - 1)


@pytest.mark.parametrize(
    ("position", "said", "why"),
    [
        (0, Said.BAD, Why.GOOD_END_IS_BAD),
        (0, Said.UNTESTABLE, Why.GOOD_END_UNTESTABLE),
        (0, Said.UNKNOWN, Why.GOOD_END_UNTESTABLE),
        (9, Said.GOOD, Why.BAD_END_IS_GOOD),
        (9, Said.UNTESTABLE, Why.BAD_END_UNTESTABLE),
        (9, Said.UNKNOWN, Why.BAD_END_UNTESTABLE),
    ],
)
def test_an_end_that_is_not_what_it_is_called_ends_the_search(position, said, why):
    history = [Told(position=0, said=Said.GOOD)] * bool(position) + [Told(position=position, said=said)]
    assert step(Search(count=9), history) == Refused(why=why, position=position)


def test_a_commit_that_is_called_good_and_bad_is_unknown_and_nobody_is_accused_by_it():
    ends = [Told(position=0, said=Said.GOOD), Told(position=2, said=Said.BAD)]
    both = [Told(position=1, said=Said.GOOD), Told(position=1, said=Said.BAD)]
    assert step(Search(count=2), ends + both) == Ambiguous(positions=(1, 2), why=Why.HIDDEN_BY_UNTESTABLE)


def test_what_was_broken_mended_and_broken_again_is_searched_nearest_the_bad_end():
    said = {0: Said.GOOD, 2: Said.BAD, 5: Said.GOOD, 6: Said.BAD, 9: Said.BAD}
    history = [Told(position=position, said=what) for position, what in said.items()]
    assert step(Search(count=9), history) == Found(position=6, after=5)


# ------------------------------------------------------------------ noisy answers


@pytest.mark.parametrize("seed", range(8))
def test_a_slower_commit_is_found_in_pairs_and_held_against_its_own_parent(seed):
    world = Timed(64, {1 + seed * 9: 1.5}, seed=seed)
    found, history = world.searched()
    assert found == Found(position=1 + seed * 9, after=seed * 9)
    logs = [answer.log for answer in history if (answer.position, answer.beside) == (found.position, found.after)]
    assert logs, "it was held against its parent"


def test_a_noisy_search_resumed_from_any_part_of_its_log_asks_the_same_next():
    _, history = Timed(64, {40: 1.5}).searched()
    search = Search(count=64, noisy=True)
    for length in range(len(history)):
        asked = step(search, history[:length])
        assert asked == Ask(position=history[length].position, beside=history[length].beside)


def test_two_movers_accuse_no_innocent():
    accused = 0
    for seed in range(30):
        movers = random.Random(seed).sample(range(1, 65), 2)
        found, _ = Timed(64, dict.fromkeys(movers, 1.3), seed=seed).searched()
        accused += isinstance(found, Found)
        assert not isinstance(found, Found) or found.position in movers
        assert not isinstance(found, Ambiguous) or set(found.positions) & set(movers)
    assert accused < 30, "some are left open, and that is an answer"


def test_a_noisy_step_among_commits_that_cannot_be_tested_is_an_ambiguous_set():
    untestable = {30, 31, 32}
    world = Timed(64, {31: 3.0}, untestable=untestable)
    assert world.searched()[0] == Ambiguous(positions=(30, 31, 32, 33), why=Why.HIDDEN_BY_UNTESTABLE)
    blamed = Timed(64, {31: 3.0}, untestable=untestable, rule=Untestable.CULPRIT)
    assert blamed.searched()[0] == Found(position=30, after=29)


def test_ends_that_are_alike_are_not_searched():
    found, history = Timed(64, {3: 1.0}).searched()
    assert (found.why, found.position) == (Why.BAD_END_IS_GOOD, 64)
    assert FEWEST <= len(history) <= MOST_AT_ONCE


def paired(position, log, times, beside=0):
    return [Paired(position=position, beside=beside, log=log)] * times


def test_ends_too_close_to_tell_are_said_to_be_so():
    search, middle = Search(count=4, noisy=True), math.log(MARGIN) * 0.5
    assert step(search, paired(4, middle, MOST_AT_ONCE - 1)) == Ask(position=4), "they may be told apart yet"
    assert step(search, paired(4, middle, MOST_AT_ONCE)) == Refused(why=Why.ENDS_TOO_CLOSE, position=4)


def test_ends_are_shown_to_differ_at_ninety_nine_to_one_and_exactly_there_are_not():
    search, exactly = Search(count=4, noisy=True), radius(FEWEST, ALPHA)
    assert radius(FEWEST) < 0.3 < exactly
    assert step(search, paired(4, 0.3, FEWEST)) == Ask(position=4)
    assert step(search, paired(4, exactly, FEWEST)) == Ask(position=4)
    assert step(search, paired(4, exactly + 1e-6, FEWEST)) == Ask(position=2)


@pytest.mark.parametrize("said", [Said.UNTESTABLE, Said.UNKNOWN])
@pytest.mark.parametrize(("position", "why"), [(0, Why.GOOD_END_UNTESTABLE), (4, Why.BAD_END_UNTESTABLE)])
def test_an_end_that_cannot_be_timed_ends_the_search(position, why, said):
    told = [Told(position=position, said=said)]
    assert step(Search(count=4, noisy=True), told) == Refused(why=why, position=position)


def test_a_pair_is_nothing_in_a_search_of_certain_answers():
    ends = [Told(position=0, said=Said.GOOD), Told(position=8, said=Said.BAD)]
    for log in (0.0, 2.0):
        assert step(Search(count=8), [*ends, *paired(2, log, 9)]) == step(Search(count=8), ends)


def test_the_size_is_that_of_the_ends_and_a_noisy_machine_scatters_as_it_does():
    assert size(Search(count=4), Facts()) == (0.0, SIGMA)
    assert size(Search(count=4), Facts(logs={(4, 0): [0.5] * 5, (2, 0): [9.0]})) == (0.5, SIGMA)
    moved, scatter = size(Search(count=4), Facts(logs={(4, 0): [0.0, 2.0] * 3}))
    assert moved == pytest.approx(1.0)
    assert scatter == pytest.approx(math.sqrt(6 / 5))


def test_each_pair_speaks_for_all_commits_up_to_its_own_by_what_a_noisy_machine_makes_of_it():
    search, logs = Search(count=3, noisy=True), {(3, 0): [0.0, 2.0] * 3, (2, 0): [1.4], (1, 0): [0.3]}
    facts = Facts(logs=logs)
    first, second, third = posterior(blocks_of(search, facts), search, facts)
    moved, scatter = size(search, facts)
    assert first + second + third == pytest.approx(1.0)
    assert second / third == pytest.approx(math.exp(evidence(logs[2, 0], moved, scatter)))
    assert first / second == pytest.approx(math.exp(evidence(logs[1, 0], moved, scatter)))


def test_a_large_size_is_no_larger_than_numbers_are():
    search, facts = Search(count=2, noisy=True), Facts(logs={(2, 0): [3.0] * 9, (1, 0): [3.0] * 9})
    assert posterior(blocks_of(search, facts), search, facts) == [1.0, 0.0]


def test_a_commit_that_its_parent_acquits_has_no_mass():
    search, facts = Search(count=3, noisy=True), Facts(logs={(3, 0): [0.5] * 5, (2, 1): [0.0] * 9})
    assert posterior(blocks_of(search, facts), search, facts) == [0.5, 0.0, 0.5]


def test_where_the_only_commit_left_is_acquitted_nobody_is_accused():
    history = [*paired(9, 0.5, FEWEST), Told(position=8, said=Said.GOOD), *paired(9, 0.0, 9, beside=8)]
    found = step(Search(count=9, noisy=True), history)
    assert found == Ambiguous(positions=tuple(range(1, 10)), why=Why.NOT_VERIFIED)


def test_where_two_are_acquitted_the_shortest_stretch_that_moved_is_left():
    history = [*paired(6, 1.0, 9), *paired(2, 0.0, 9), *paired(1, 0.0, 9), *paired(4, 0.0, 9, beside=3)]
    found = step(Search(count=6, noisy=True), history)
    assert found == Ambiguous(positions=(3, 4, 5, 6), why=Why.NOT_VERIFIED)


def test_a_commit_that_its_parent_neither_accuses_nor_acquits_is_left_open():
    history = [*paired(9, 0.5, FEWEST), Told(position=8, said=Said.GOOD)]
    search, open_still = Search(count=9, noisy=True), paired(9, 0.25, MOST_AT_ONCE - 1, beside=8)
    assert step(search, [*history, *open_still]) == Ask(position=9, beside=8)
    left = step(search, [*history, *open_still, open_still[0]])
    assert left == Ambiguous(positions=(9,), why=Why.NOT_VERIFIED)


def test_a_stretch_is_shown_at_ninety_nine_to_one_from_the_good_end_or_from_another():
    search = Search(count=4, noisy=True)
    assert shown(search, Facts()) == (1, 2, 3, 4)
    assert shown(search, Facts(logs={(2, 0): [0.3] * 5})) == (1, 2, 3, 4), "not at 99:1"
    assert shown(search, Facts(logs={(2, 0): [radius(5, ALPHA)] * 5})) == (1, 2, 3, 4), "exactly there"
    assert shown(search, Facts(logs={(2, 0): [0.4] * 5})) == (1, 2)
    assert shown(search, Facts(logs={(2, 0): [0.4] * 5, (3, 2): [9.0] * 5})) == (1, 2)
    assert shown(search, Facts(logs={(1, 0): [0.0] * 5, (4, 0): [1.0] * 5})) == (2, 3, 4)


def test_the_credible_set_is_the_fewest_commits_that_have_enough_mass():
    blocks = [Block(after=place, end=place + 1) for place in range(4)]
    assert credible(blocks, [0.005, 0.5, 0.01, 0.485]) == (2, 3, 4)
    assert credible(blocks, [0.0, MASS, 0.01, 0.0]) == (2,)
    assert credible([Block(after=0, end=3)], [1.0]) == (1, 2, 3)


def test_nothing_bad_lies_at_or_before_the_last_good():
    blocks = [Block(after=0, end=1), Block(after=1, end=2)]
    assert blocks_of(Search(count=2), Facts(said={0: Said.BAD})) == blocks
    assert blocks_of(Search(count=2), Facts(said={1: Said.GOOD, 0: Said.BAD})) == blocks[1:]


def test_a_search_ends_at_its_cap_with_what_is_left():
    history = [Paired(position=9, beside=0, log=0.4)] * FEWEST
    history += [Paired(position=4, beside=0, log=0.2)] * (MOST_PAIRS - FEWEST)
    found = step(Search(count=9, noisy=True), history)
    assert isinstance(found, Ambiguous)
    assert found.why is Why.TOO_MANY_PAIRS
    assert set(found.positions) == set(range(1, 10))


def test_a_commit_with_the_good_ends_tree_is_good_in_a_noisy_search_too():
    history = [Paired(position=9, beside=0, log=1.2)] * FEWEST + [Told(position=8, said=Said.GOOD)]
    assert step(Search(count=9, noisy=True), history) == Ask(position=9, beside=8)


@settings(max_examples=20)
@given(st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing(culprit, shuffler):
    found, history = Timed(30, {culprit: 2.0}, seed=culprit).searched()
    shuffler.shuffle(history)
    assert step(Search(count=30, noisy=True), history) == found
