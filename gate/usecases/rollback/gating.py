"""Ask the gate about a tree that stands in no checkout: does it pass, against what traded before?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gate.domain.observation import Observations
from gate.domain.settings import Settings
from gate.domain.verdict import Outcome, Reason, Verdict, VerdictRecord
from gate.judging.judge import Circumstances
from gate.ports.rollback import History
from gate.usecases.judge import look_at
from gate.usecases.observe import Question

Gate = Callable[[str], VerdictRecord]
"""Judges a commit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeGate:
    """Holds commits of a history against a baseline."""

    observe: Callable[[Question], Observations]
    """In fresh processes at each call: what fails must fail again."""
    history: History
    settings: Settings
    folder: Path
    """Of gate.toml."""
    against: str
    """The baseline's commit."""
    quick: bool = False

    def judge(self, sha: str) -> VerdictRecord:
        """Run the gate on one commit."""
        question = Question(settings=self._settings(sha), folder=self.folder, quick=self.quick)
        first = look_at(self.observe(question), Circumstances())
        again = self.observe(question) if first.needs_confirmation(blocks_too=True) else None
        return first.concluded(again).record

    def _settings(self, sha: str) -> Settings:
        """The user's, with both versions out of this history."""
        replace = msgspec.structs.replace
        return replace(
            self.settings,
            baseline=replace(self.settings.baseline, ref=self.against, path=str(self.history.view(self.against))),
            candidate=replace(self.settings.candidate, ref=sha, path=str(self.history.view(sha))),
        )


def is_back(record: VerdictRecord) -> bool:
    """Whether the metrics are the baseline's again: every limit held, and nothing worse beyond doubt within it.

    A quick look stays under the floors: it shows neither.
    """
    return record.verdict is Verdict.PASS and not record.quick and not worse(record)


def worse(record: VerdictRecord) -> list[str]:
    """The metrics that are significantly worse than the baseline's."""
    drifted = [one for one in record.judgements if one.reason is Reason.DRIFT]
    return [one.metric for one in drifted if one.outcome in (Outcome.WARN, Outcome.FAIL)]


def does_not_load(record: VerdictRecord) -> str:
    """Why the tree cannot even be imported; "" where it can."""
    return next((one.sentence for one in record.judgements if one.reason is Reason.DOES_NOT_LOAD), "")
