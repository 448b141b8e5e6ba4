"""What speaks against a pass before any metric does: each a pure question with an answer, or None.

Nothing here can make a pass out of anything else.
"""

from datetime import datetime

import msgspec

from gate.domain.observation import Observations
from gate.domain.publication import Answer, Cause, Run
from gate.domain.settings import Settings
from gate.domain.verdict import Verdict
from gate.domain.version import Role
from gate.usecases.judge import settings_of
from gate.usecases.publishing.request import Request

EVENTS = frozenset({"pull_request", "merge_group"})
QUEUE = "gh-readonly-queue/"
OVERRIDABLE = frozenset({Verdict.BLOCK, Verdict.INCONCLUSIVE})
NEVER_OVERRIDDEN = frozenset({Cause.STALE, Cause.WRONG_RUN, Cause.NO_PULL_REQUEST, Cause.OTHER_RUN, Cause.OTHER_HEAD})
AGAIN = "Run the benchmark workflow again for this head."


def inconclusive(cause: Cause, sentence: str, advice: str = AGAIN) -> Answer:
    """Nothing is known about the candidate."""
    return Answer(verdict=Verdict.INCONCLUSIVE, cause=cause, sentence=sentence, advice=advice)


def gate_error(cause: Cause, sentence: str, advice: str = AGAIN) -> Answer:
    """The gate or its machine failed, or was lied to."""
    return Answer(verdict=Verdict.GATE_ERROR, cause=cause, sentence=sentence, advice=advice)


def wrong_run(run: Run, request: Request, repository: str) -> Answer | None:
    """Only runs of the one workflow, of this repository, for a pull request or the merge queue count."""
    advice = "Nothing is published. --workflow names the file whose runs count."
    if run.repository.casefold() != repository.casefold():
        return inconclusive(Cause.WRONG_RUN, "The run is one of another repository.", advice)
    if run.path != request.workflow:
        return inconclusive(Cause.WRONG_RUN, f"The run is one of {run.path}, not of {request.workflow}.", advice)
    if run.event not in EVENTS:
        return inconclusive(Cause.WRONG_RUN, f"The run was started by {run.event}.", advice)
    if (run.event == "merge_group") is not run.head_branch.startswith(QUEUE):
        return inconclusive(Cause.WRONG_RUN, "The run's event and its branch do not go together.", advice)
    return None


def unfinished(run: Run) -> Answer | None:
    """A run that did not come to its end has no observations that count, whatever it left."""
    if run.status != "completed":
        return inconclusive(Cause.RUN_FAILED, "The benchmark is not finished.", "Wait for it.")
    match run.conclusion:
        case "success" | "failure":
            return None
        case "cancelled":
            return inconclusive(Cause.CANCELLED, "The benchmark was cancelled.")
        case "timed_out":
            return gate_error(Cause.RUN_FAILED, "The benchmark job ran out of time.")
        case other:
            return inconclusive(Cause.RUN_FAILED, f"The benchmark did not run to its end: {other or 'no conclusion'}.")


def other_origin(stored: Observations, request: Request, repository: str, base: str) -> Answer | None:
    """Observations that say of themselves that they are of something else, or do not say it."""
    origin, run = stored.origin, request.run
    if origin is None and run is not None:
        return inconclusive(Cause.OTHER_RUN, "The observations do not say which job made them.")
    if origin is not None:
        if origin.repository.casefold() != repository.casefold() or (run is not None and origin.run_id != run.id):
            return inconclusive(Cause.OTHER_RUN, "The observations are those of another run.")
        if origin.head_sha != request.head_sha:
            return inconclusive(Cause.OTHER_HEAD, "The observations are those of another head.")
        if origin.base_sha != base:
            return inconclusive(Cause.OTHER_BASE, "The observations were made against another base.", REBASED)
    return other_candidate(stored, request.head_sha)


REBASED = "The base moved meanwhile: run the benchmark workflow again."


def other_candidate(stored: Observations, head: str) -> Answer | None:
    """The candidate is the head, as it was committed."""
    candidate = stored.versions.get(Role.CANDIDATE)
    if candidate is None:
        return inconclusive(Cause.OTHER_HEAD, "The observations have no candidate.")
    if candidate.sha != head:
        return inconclusive(
            Cause.OTHER_HEAD,
            "The candidate that was observed is not the pull request's head.",
            "Let the benchmark job run `gate observe --candidate <head SHA>`.",
        )
    if candidate.dirty:
        return inconclusive(Cause.OTHER_HEAD, "The candidate was observed with changes that no commit holds.")
    return None


def other_baseline(stored: Observations, policy: Settings, base: str) -> Answer | None:
    """The baseline is the base commit, unless the policy names another, or both versions lie in one checkout."""
    baseline, candidate = stored.versions.get(Role.BASELINE), stored.versions[Role.CANDIDATE]
    if baseline is None or policy.baseline.ref is not None or baseline.sha in (base, candidate.sha):
        return None
    return inconclusive(Cause.OTHER_BASE, "The baseline that was observed is not the pull request's base.", REBASED)


def other_question(stored: Observations, policy: Settings) -> Answer | None:
    """What was asked is what the base commit's policy asks, limits apart: those are held here."""
    asked = settings_of(stored)
    if stored.quick:
        return inconclusive(
            Cause.QUICK,
            "A quick run stays under the floors of the limits: it is no proof.",
            "Let the benchmark job run without --quick.",
        )
    differ = [name for name in QUESTION if plain(getattr(asked, name)) != plain(getattr(policy, name))]
    if not differ:
        return None
    return inconclusive(
        Cause.OTHER_QUESTION,
        f"Observed under other settings than the base commit's: [{'], ['.join(differ)}].",
        "Let the benchmark job take gate.toml from the base commit.",
    )


QUESTION = (
    "data",
    "baseline_model",
    "candidate_model",
    "run",
    "strategy",
    "timing",
    "calibration",
    "benchmarks",
    "sandbox",
)


def plain(section: msgspec.Struct) -> msgspec.Struct:
    """Without what decides nothing: how many processes at once, and limits, which are held here."""
    for name, value in (("jobs", 0), ("limits", {})):
        if name in section.__struct_fields__:
            section = msgspec.structs.replace(section, **{name: value})
    return section


def since(run: Run | None) -> datetime | None:
    """When this head was pushed, as GitHub saw it: an override from before is none of this head."""
    return run.created_at if run else None
