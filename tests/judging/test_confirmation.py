import msgspec
import pytest

from gate.domain.verdict import Judgement, Outcome, Reason, Verdict
from gate.judging.confirmation import confirmed, unconfirmed
from gate.judging.judge import Answer, Circumstances, concluded

BEFORE, AFTER = Circumstances(), Circumstances(after_merge=True)


def judged(metric, outcome):
    return Judgement(
        metric=metric, outcome=outcome, reason=Reason.ABOVE_LIMIT, sentence=f"{metric} said", blocking=True
    )


def answered(circumstances, **outcomes):
    blank = Answer(verdict=Verdict.PASS, level=None, reason="", judgements=(), not_measured=())
    return concluded([judged(metric, Outcome(outcome)) for metric, outcome in outcomes.items()], circumstances, blank)


def test_what_fails_twice_is_taken_back():
    first, second = answered(AFTER, cpu="FAIL", memory="PASS"), answered(AFTER, cpu="FAIL", memory="PASS")
    found = confirmed(first, second, AFTER)
    assert found.verdict is Verdict.ROLL_BACK
    assert found.level == first.level
    assert found.judgements[0].certainty == "confirmed in fresh processes"


def test_how_sure_a_failure_was_stands_beside_that_it_repeated():
    first = answered(AFTER, cpu="FAIL")
    sure = tuple(msgspec.structs.replace(j, certainty="5 of 5 pairs") for j in first.judgements)
    found = confirmed(msgspec.structs.replace(first, judgements=sure), first, AFTER)
    assert found.judgements[0].certainty == "5 of 5 pairs; confirmed in fresh processes"


@pytest.mark.parametrize("circumstances", [BEFORE, AFTER])
@pytest.mark.parametrize("then", ["PASS", "NO_DATA", "WARN", "ERROR"])
def test_what_does_not_fail_again_is_flaky_and_neither_blocks_nor_passes(circumstances, then):
    found = confirmed(answered(circumstances, cpu="FAIL"), answered(circumstances, cpu=then), circumstances)
    (judgement,) = found.judgements
    assert (judgement.outcome, judgement.reason) == (Outcome.FLAKY, Reason.NOT_REPEATED)
    assert judgement.sentence == "cpu said; not so in fresh processes (cpu said)"
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.level is None


def test_a_metric_that_the_second_look_lacks_is_not_confirmed():
    found = confirmed(answered(AFTER, cpu="FAIL"), answered(AFTER), AFTER)
    assert found.judgements[0].sentence == "cpu said; not so in fresh processes (not measured)"
    assert found.verdict is Verdict.INCONCLUSIVE


def test_one_failure_that_repeats_is_enough_and_the_other_is_told_apart():
    found = confirmed(answered(AFTER, cpu="FAIL", memory="FAIL"), answered(AFTER, cpu="PASS", memory="FAIL"), AFTER)
    assert found.verdict is Verdict.ROLL_BACK
    assert [j.outcome for j in found.judgements] == [Outcome.FLAKY, Outcome.FAIL]
    assert found.reason == "memory said."


def test_the_second_look_makes_nothing_worse():
    found = confirmed(answered(AFTER, cpu="PASS"), answered(AFTER, cpu="FAIL"), AFTER)
    assert found.verdict is Verdict.PASS


def test_one_look_takes_nothing_back_but_blocks():
    once = unconfirmed(answered(AFTER, cpu="FAIL"))
    assert once.verdict is Verdict.INCONCLUSIVE
    assert once.level is None
    assert once.reason == "cpu said. Not yet confirmed in fresh processes, so nothing is taken back."
    assert once.judgements[0].outcome is Outcome.FAIL
    before = answered(BEFORE, cpu="FAIL")
    assert unconfirmed(before) is before


def test_a_confirmed_failure_of_what_does_not_load_anywhere_takes_nothing_back():
    first = msgspec.structs.replace(answered(AFTER, cpu="FAIL"), nothing_to_go_back_to=True)
    assert confirmed(first, first, AFTER).verdict is Verdict.INCONCLUSIVE
