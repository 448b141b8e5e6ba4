"""Publish: what a benchmark run left, read as hostile, judged anew under the base commit's policy, said at GitHub.

The artifact's own verdict is never read. Everything that is missing, stale, cancelled, of something else or damaged is
an answer too, and never a success.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from gate.domain.observation import Observations
from gate.domain.publication import (
    Action,
    Answer,
    Cause,
    Changes,
    Comment,
    DeleteComment,
    Pull,
    Run,
    Stamp,
    WriteComment,
    same_name,
)
from gate.domain.verdict import Verdict, VerdictRecord
from gate.errors import BrokenQuestionError, ConfigError, ObservationError
from gate.judging.judge import Circumstances
from gate.metrics.registry import metrics_of
from gate.ports.publishing import Archive, CodeHost
from gate.report import comment as words
from gate.usecases.judge import Judged, judge
from gate.usecases.publishing import plan, trust
from gate.usecases.publishing.carry_out import Hands, first_of_ours, of_ours
from gate.usecases.publishing.policy import Policy, policy_at, policy_change
from gate.usecases.publishing.request import Request
from gate.usecases.publishing.waiver import override_of

NOBODY = Stamp(run_id=0, attempt=0)
"""No run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What was answered, and what was (or would be) done about it."""

    answer: Answer
    actions: tuple[Action, ...] = ()
    number: int | None = None
    head: str = ""
    base: str = ""
    record: VerdictRecord | None = None
    markdown: str = ""
    """The comment; "" where nothing is said."""
    stamp: Stamp = NOBODY


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the observations say, judged by the policy of the base that they name."""

    answer: Answer
    claimed: str = ""
    """The base SHA that they were made against, as they say."""
    policy: Policy | None = None
    judged: Judged | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Publisher:
    """The ports that publishing goes through."""

    host: CodeHost
    archive: Archive

    def publish(self, request: Request, *, dry_run: bool = False) -> Published:
        """Answer, and say it. Raises GitHubError where GitHub cannot be asked or told."""
        published = self.decide(request)
        if not dry_run:
            hands = Hands(host=self.host, author=request.author, stamp=published.stamp)
            hands.carry_out(published.actions)
        return published

    def decide(self, request: Request) -> Published:
        """The answer and the actions; nothing is written."""
        refused = trust.wrong_run(request.run, request, self.host.repository) if request.run else None
        if refused is not None:
            return Published(answer=refused)
        found = self._look(request)
        if request.run is not None and request.run.event == "merge_group":
            return self._for_queue(request, request.run, found)
        return self._for_pull(request, found)

    # ------------------------------------------------------------------ the observations

    def _look(self, request: Request) -> Found:
        """Read and judge by the policy of the base that they name; whether that is the base is asked later."""
        unfinished = trust.unfinished(request.run) if request.run else None
        if unfinished is not None:
            return Found(answer=unfinished)
        try:
            with self._observations(request) as stored:
                if stored is None:
                    return Found(answer=trust.gate_error(Cause.NO_ARTIFACT, NOTHING_LEFT))
                return self._judge(request, stored)
        except ObservationError as error:
            return Found(answer=trust.gate_error(Cause.DAMAGED_ARTIFACT, f"{error.message}.", UNREADABLE))
        except SENSELESS as error:  # well-formed, and yet no model can have done that
            said = f"The observations make no sense ({type(error).__name__})."
            return Found(answer=trust.gate_error(Cause.DAMAGED_ARTIFACT, said, UNREADABLE))

    @contextmanager
    def _observations(self, request: Request) -> Iterator[Observations | None]:
        if request.file is not None:
            yield self.archive.packed(request.file)
            return
        if request.run is None:
            raise BrokenQuestionError("neither a run nor an artifact is named", "give --run, or --artifact FILE")
        with self.host.artifact(request.run, request.artifact, self.archive.largest()) as file:
            yield None if file is None else self.archive.unpacked(file)

    def _judge(self, request: Request, stored: Observations) -> Found:
        base = stored.origin.base_sha if request.run and stored.origin else request.base
        refused = trust.other_origin(stored, request, self.host.repository, base)
        if refused is not None:
            return Found(answer=refused)
        try:
            policy = policy_at(self.host, base, request.config)
        except ConfigError as error:
            answer = trust.gate_error(Cause.NO_POLICY, f"{error.message}.", error.advice)
            return Found(answer=answer, claimed=base)
        refused = trust.other_baseline(stored, policy.settings, base) or trust.other_question(stored, policy.settings)
        if refused is not None:
            return Found(answer=refused, claimed=base, policy=policy)
        circumstances = Circumstances(after_merge=False, first_version=request.first_version)
        judged = judge(stored, circumstances, policy.settings)
        return Found(answer=self._answer(request, judged), claimed=base, policy=policy, judged=judged)

    def _answer(self, request: Request, judged: Judged) -> Answer:
        record = judged.record
        answer = Answer(verdict=record.verdict, cause=Cause.JUDGED, sentence=record.reason, advice="")
        died = request.run is not None and request.run.conclusion != "success"
        if record.verdict is Verdict.PASS and died:
            said = "The observations hold every limit, and yet the benchmark job failed."
            return trust.gate_error(Cause.RUN_FAILED, said, "See its log; run it again.")
        return answer

    # ------------------------------------------------------------------ the pull request

    def _for_pull(self, request: Request, found: Found) -> Published:
        pull = self._pull(request, found)
        if pull is None:
            said = "There is no open pull request with this head."
            return Published(answer=trust.inconclusive(Cause.NO_PULL_REQUEST, said, "Nothing is published."))
        comments = self.host.comments(pull.number)
        ours = of_ours(comments, request.author)
        if pull.head_sha != request.head_sha:
            said = "The pull request's head moved on while this was worked out."
            answer = trust.inconclusive(Cause.STALE, said, "Its own benchmark answers for the new head.")
            return Published(
                answer=answer,
                actions=plan.made_stale(pull, next(iter(ours), None)),
                number=pull.number,
                head=request.head_sha,
            )
        found = based(found, pull.base_sha)
        changes = self.host.changes(pull.number)
        answer = self._weighed(request, found, changes)
        if answer.verdict in trust.OVERRIDABLE and answer.cause not in trust.NEVER_OVERRIDDEN:
            answer = self._overridden(answer, pull, comments, request)
        return self._published(request, answer, found, pull, ours, changes)

    def _pull(self, request: Request, found: Found) -> Pull | None:
        """The pull request of this head; of several that of the base that was observed."""
        if request.run is None:
            return self.host.pull(request.number) if request.number is not None else None
        pulls = self.host.pulls_of(request.run.head_owner, request.run.head_branch)
        here = [one for one in pulls if one.head_sha == request.head_sha]
        fitting = [one for one in here if one.base_sha == found.claimed]
        return next(iter((*fitting, *here, *pulls)), None)

    def _weighed(self, request: Request, found: Found, changes: Changes) -> Answer:
        """The answer, unless the pull request touches what it is judged by: then it is no pass."""
        if found.policy is None:
            return found.answer
        change = policy_change(self.host, found.policy, changes, request.head_sha)
        if change is None and changes.complete:
            return found.answer
        answer = msgspec.structs.replace(found.answer, policy=change)
        if answer.verdict is not Verdict.PASS:
            return answer
        if change is None:
            said = f"It touches {len(changes.paths):,} files or more, and GitHub lists no more."
            return trust.inconclusive(Cause.TOO_MANY_FILES, said, LET_PASS)
        said = f"It touches {len(change.touched)} of the files that it is judged by; all limits of the base are held."
        return msgspec.structs.replace(trust.inconclusive(Cause.POLICY_CHANGED, said, LET_PASS), policy=change)

    def _overridden(self, answer: Answer, pull: Pull, comments: Sequence[Comment], request: Request) -> Answer:
        others = [one for one in comments if not same_name(request.author, one.author)]
        override = override_of(self.host, pull, others, trust.since(request.run))
        if override is None:
            return answer
        said = answer.sentence
        return msgspec.structs.replace(
            answer,
            verdict=Verdict.PASS,
            cause=Cause.OVERRIDDEN,
            sentence=said,
            advice=f"{override.by} lets it pass.",
            override=override,
        )

    def _published(
        self,
        request: Request,
        answer: Answer,
        found: Found,
        pull: Pull,
        all_ours: Sequence[Comment],
        changes: Changes,
    ) -> Published:
        ours = next(iter(all_ours), None)
        told = words.read_marker(ours.body) if ours else None
        before = told[1] if told is not None and told[0] == pull.head_sha else None
        stamp = stamp_of(request, before)
        if before is not None and before > stamp:
            said = "A later run has answered for this head already."
            return Published(answer=trust.inconclusive(Cause.STALE, said, "Nothing is written."), number=pull.number)
        judged = evidence(found)
        bound = bound_to(request, pull.base_sha, stamp)
        body = words.comment(answer, judged, bound)
        known = self._check_of_ours(request, pull.head_sha) if before is not None else None
        check = plan.check(answer, judged, bound, request.context, changes.paths)
        rest: list[Action] = [
            WriteComment(number=pull.number, body=body, edit=ours.id if ours else None),
            *(DeleteComment(id=one.id) for one in all_ours[1:]),
            msgspec.structs.replace(check, adopt=known),
            *plan.labels(answer, pull),
        ]
        status = plan.status(answer, judged, pull.head_sha, request.context, bound.link)
        return Published(
            answer=answer,
            actions=plan.ordered(status, rest),
            number=pull.number,
            head=pull.head_sha,
            base=pull.base_sha,
            record=judged.record if judged else None,
            markdown=body,
            stamp=stamp,
        )

    def _check_of_ours(self, request: Request, sha: str) -> int | None:
        """The check run that a publish of this head left before."""
        checks = self.host.checks(sha, plan.check_name(request.context))
        return next((one.id for one in checks if plan.stamp_of(one, request.author) is not None), None)

    # ------------------------------------------------------------------ the merge queue

    def _for_queue(self, request: Request, run: Run, found: Found) -> Published:
        """A merge group: its status and check; there is no pull request to comment on."""
        queue = in_queue(run.head_branch)
        if queue is None:
            said = "The merge group's branch names no base."
            return Published(answer=trust.inconclusive(Cause.WRONG_RUN, said, "Nothing is published."))
        number, base = queue
        found = based(found, base)
        changes = self.host.changes_between(base, run.head_sha)
        answer = self._weighed(request, found, changes)
        if answer.verdict in trust.OVERRIDABLE and answer.cause not in trust.NEVER_OVERRIDDEN:
            answer = self._let_through(answer, number, request)
        stamp = stamp_of(request)
        judged, bound = evidence(found), bound_to(request, base, stamp)
        check = plan.check(answer, judged, bound, request.context, changes.paths)
        check = msgspec.structs.replace(check, adopt=self._check_of_ours(request, run.head_sha))
        status = plan.status(answer, judged, run.head_sha, request.context, bound.link)
        return Published(
            answer=answer,
            actions=plan.ordered(status, [check]),
            head=run.head_sha,
            base=base,
            record=judged.record if judged else None,
            markdown=words.comment(answer, judged, bound),
            stamp=stamp,
        )

    def _let_through(self, answer: Answer, number: int, request: Request) -> Answer:
        """Changed rules that somebody let pass on the pull request's own head are let pass in the queue as well."""
        if answer.cause is not Cause.POLICY_CHANGED:
            return answer
        pull = self.host.pull(number)
        ours = first_of_ours(self.host.comments(number), request.author)
        by = words.overridden_by(ours.body, pull.head_sha) if ours else ""
        if not by:
            return answer
        return msgspec.structs.replace(
            answer, verdict=Verdict.PASS, cause=Cause.OVERRIDDEN, advice=f"{by} let the pull request pass."
        )


SENSELESS = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
NOTHING_LEFT = "The benchmark run left no observations: it died before it had any."
UNREADABLE = "Nothing of it was used. If the benchmark job is not tampered with, report this."
LET_PASS = (
    "Somebody with write access may let this head pass: comment `/gate override` with the reason, or label it "
    "`gate:override`, and run the publish job again."
)


def in_queue(branch: str) -> tuple[int, str] | None:
    """Pull request and base SHA of a merge group, whose branch GitHub calls gh-readonly-queue/BASE/pr-NUMBER-SHA."""
    name, _, sha = branch.rpartition("-")
    number = name.rpartition("/pr-")[2]
    fits = name.startswith(trust.QUEUE) and number.isdecimal() and len(sha) in (40, 64) and sha.isalnum()
    return (int(number), sha) if fits else None


def based(found: Found, base: str) -> Found:
    """Observations that name another base than GitHub does were judged by another policy: nothing of that counts."""
    if found.claimed in ("", base):
        return found
    return Found(answer=trust.inconclusive(Cause.OTHER_BASE, "The base moved on since the benchmark.", trust.REBASED))


def evidence(found: Found) -> words.Judgement | None:
    """The verdict on the observations, for people."""
    if found.judged is None:
        return None
    record = found.judged.record
    metrics = metrics_of(judgement.metric for judgement in record.judgements)
    return words.Judgement(record=record, metrics=metrics, series=found.judged.series)


def stamp_of(request: Request, before: Stamp | None = None) -> Stamp:
    """Which run this is; what a person publishes by hand takes the place of the latest."""
    run = request.run
    return Stamp(run_id=run.id, attempt=run.attempt) if run else before or NOBODY


def bound_to(request: Request, base: str, stamp: Stamp) -> words.Bound:
    """What the answer is bound to, and how to come to the same."""
    config = request.config or "gate.toml"
    run = request.run
    fetched = f"gh run download {run.id} --name {request.artifact} --dir observations\n" if run else ""
    return words.Bound(
        head=request.head_sha,
        base=base,
        stamp=stamp,
        link=request.link,
        reproduce=(
            f"{fetched}git checkout {base} && gate judge observations --config {config}   # the same observations\n"
            f"gate run --config {config} --baseline {base} --candidate {request.head_sha}   # or all of it anew"
        ),
    )
