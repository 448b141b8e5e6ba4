"""Judge: observations in, verdict and report out. No model is run, no number is taken from anyone else."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gate.domain.observation import Observations
from gate.domain.series import Series
from gate.domain.settings import Settings
from gate.domain.verdict import DataRecord, Verdict, VerdictRecord, VersionRecord
from gate.domain.version import Role
from gate.errors import ObservationError
from gate.judging.confirmation import confirmed, unconfirmed
from gate.judging.judge import Answer, Circumstances, judge_all
from gate.metrics.evidence import Evidence, is_simulated
from gate.metrics.honesty import unmeasured_live
from gate.metrics.registry import metrics_of
from gate.metrics.series import series_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A verdict, and what its pictures are drawn from."""

    record: VerdictRecord
    series: Series


def settings_of(observations: Observations) -> Settings:
    """The settings that were observed under."""
    try:
        return msgspec.json.decode(observations.settings_json, type=Settings)
    except msgspec.DecodeError as error:
        raise ObservationError(f"the stored settings are damaged: {error}", "observe again") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstLook:
    """Observations judged by themselves; whether that is the last word hangs on what failed."""

    evidence: Evidence
    circumstances: Circumstances
    answer: Answer

    def needs_confirmation(self, *, blocks_too: bool) -> bool:
        """Something failed that is only believed when it repeats: always before a rollback, else where asked."""
        verdict = self.answer.verdict
        return verdict is Verdict.ROLL_BACK or (blocks_too and verdict is Verdict.BLOCK)

    def concluded(self, confirmation: Observations | None = None) -> Judged:
        """The verdict.

        `confirmation` = the same question observed again in fresh processes: a failure that it does not show is FLAKY.
        Nothing is taken back without it.
        """
        if confirmation is None:
            answer = unconfirmed(self.answer)
        else:
            again = Evidence.of(same_question(confirmation, self.evidence.observations), self.evidence.settings)
            answer = confirmed(self.answer, judge_all(again, self.circumstances), self.circumstances)
        return Judged(record=record_of(answer, self.evidence), series=series_of(self.evidence))


def look_at(observations: Observations, circumstances: Circumstances, settings: Settings | None = None) -> FirstLook:
    """Judge stored observations; with `settings`, under those instead of the ones they were made under."""
    if observations.shard is not None:
        raise ObservationError(f"this is shard {observations.shard} of an observation", "gate merge joins all of them")
    evidence = Evidence.of(observations, settings or settings_of(observations))
    return FirstLook(evidence=evidence, circumstances=circumstances, answer=judge_all(evidence, circumstances))


def judge(
    observations: Observations,
    circumstances: Circumstances,
    settings: Settings | None = None,
    confirmation: Observations | None = None,
) -> Judged:
    """Look and conclude at once."""
    return look_at(observations, circumstances, settings).concluded(confirmation)


def same_question(confirmation: Observations, observations: Observations) -> Observations:
    """The confirmation, if it answers the same question. Raises ObservationError."""
    for what in ("data_sha256", "policy_sha256"):
        if getattr(confirmation, what) != getattr(observations, what):
            raise ObservationError("the confirmation was observed under other data or another policy", "observe again")
    codes = [{role: version.tree_sha256 for role, version in o.versions.items()} for o in (confirmation, observations)]
    if codes[0] != codes[1]:
        raise ObservationError("the confirmation was observed on other code", "observe again")
    return confirmation


def record_of(answer: Answer, evidence: Evidence) -> VerdictRecord:
    """verdict.json."""
    observations = evidence.observations
    baseline = observations.versions.get(Role.BASELINE)
    return VerdictRecord(
        verdict=answer.verdict,
        level=answer.level,
        reason=answer.reason,
        quick=observations.quick,
        judgements=answer.judgements,
        baseline=VersionRecord.of(baseline) if baseline else None,
        candidate=VersionRecord.of(observations.versions[Role.CANDIDATE]),
        data=DataRecord(
            symbols=tuple(symbol for symbol in observations.markets if not is_simulated(symbol)),
            bars=observations.data_bars,
            sha256=observations.data_sha256,
            sources=observations.data_sources,
        ),
        policy_sha256=observations.policy_sha256,
        environment=observations.environment,
        not_measured=(*answer.not_measured, *remarks(evidence)),
        seconds=observations.wall_seconds,
    )


def remarks(evidence: Evidence) -> list[str]:
    """What a reader should know that no metric says."""
    found = []
    live = unmeasured_live(evidence, Role.CANDIDATE)
    if live:
        found.append(f'the candidate has a live method {live}() that was not measured: name it, live = "{live}"')
    for role in evidence.observations.versions:
        told = (w.diagnosis.restarts for g in evidence.runs(role) for w in g.run.windows)
        starts = [restarts for restarts in told if restarts is not None]
        if starts and max(starts) <= 1:
            found.append(f"the {role} fits from a single start: its numbers are partly luck of the seed")
    return found


def files_of(judged: Judged, reproduce: str, pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """The report folder's files, the verdict last: where it stands, everything else does."""
    from gate.report.markdown import render  # noqa: PLC0415 (jinja2 is not wanted by who only judges)

    named = {f"pictures/{name}": content for name, content in pictures.items()}
    metrics = metrics_of(judgement.metric for judgement in judged.record.judgements)
    text = render(judged.record, metrics, judged.series, list(named), reproduce)
    verdict = msgspec.json.format(msgspec.json.encode(judged.record), indent=2)
    return {**named, "report.md": text.encode(), "verdict.json": verdict + b"\n"}
