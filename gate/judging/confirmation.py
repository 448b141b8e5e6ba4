"""A failure that does not repeat in fresh processes is FLAKY: nobody is blocked by it, and nothing is taken back."""

import msgspec

from gate.domain.verdict import Judgement, Outcome, Reason, Verdict
from gate.judging.judge import Answer, Circumstances, concluded

REPEATED = "confirmed in fresh processes"


def confirmed(first: Answer, second: Answer, circumstances: Circumstances) -> Answer:
    """The first answer, with each failure that the second does not show made FLAKY; it never gets worse than it was."""
    again = {judgement.metric: judgement for judgement in second.judgements}
    held = [repeated(judgement, again.get(judgement.metric)) for judgement in first.judgements]
    return concluded(held, circumstances, first)


def unconfirmed(first: Answer) -> Answer:
    """Nothing is taken back on one look: the answer is open until it has been observed again."""
    if first.verdict is not Verdict.ROLL_BACK:
        return first
    return msgspec.structs.replace(
        first,
        verdict=Verdict.INCONCLUSIVE,
        level=None,
        reason=f"{first.reason} Not yet confirmed in fresh processes, so nothing is taken back.",
    )


def repeated(judgement: Judgement, again: Judgement | None) -> Judgement:
    """A failure as it is where it repeats, else FLAKY, with both figures."""
    if judgement.outcome is not Outcome.FAIL:
        return judgement
    if again is not None and again.outcome is Outcome.FAIL:
        sure = "; ".join(words for words in (judgement.certainty, REPEATED) if words)
        return msgspec.structs.replace(judgement, certainty=sure)
    seen = again.sentence if again is not None else "not measured"
    return msgspec.structs.replace(
        judgement,
        outcome=Outcome.FLAKY,
        reason=Reason.NOT_REPEATED,
        sentence=f"{judgement.sentence}; not so in fresh processes ({seen})",
    )
