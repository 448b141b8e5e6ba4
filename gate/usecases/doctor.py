"""What is not right yet, a line each: every check is a function of facts, and the facts come through ports."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import msgspec

from gate.config import parse
from gate.domain.doctor import Finding, Hosted, State
from gate.domain.market import DataSet
from gate.domain.sandbox import Level, Protection
from gate.domain.selftest import SelfTest
from gate.domain.settings import ModelSettings, Settings
from gate.domain.setup import Found
from gate.domain.verdict import Verdict
from gate.errors import GateError
from gate.ports import MarketData, Sandbox
from gate.ports.setup import Hosting, Looking, Workspace
from gate.report.settings import ADAPTER, UNFILLED
from gate.report.workflows import NAMES, path_of, same
from gate.usecases.catalogue import CATALOGUE
from gate.usecases.init import OWNERS
from gate.usecases.observe import Question, policy_sha256
from gate.usecases.plan import check_plan
from gate.usecases.selftest import against_itself, verdict_of

CHECK = "gate"
"""The context of the status that is published, which the merge must hang on."""
JOBS_APP = 15368
"""GitHub Actions itself: every workflow reports as this App, a pull request's too."""
SELFTEST = "gate-selftest/selftest.json"
OLD = timedelta(days=90)
_PINNED = re.compile(r"(?<!\w)uses:\s*(?:\./\S*|[\w./-]+@[0-9a-f]{40}(?:[0-9a-f]{24})?)\s*(?:#.*)?$")
_USES = re.compile(r"^\s*(?:-\s+)?uses:.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """What is looked at."""

    folder: Path
    config: Path
    repository: str
    """`owner/name`; "" where origin says it."""
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Doctor:
    """The ports that looking goes through."""

    looking: Looking
    workspace: Workspace
    market_data: MarketData
    sandbox: Sandbox
    hosting: Callable[[str], Hosting] | None
    """By `owner/name`; None: there is no token to ask with."""

    def examine(self, patient: Patient) -> tuple[Finding, ...]:
        """Every finding, the good ones too, in the order in which they are mended."""
        return tuple(self._findings(patient))

    def _findings(self, patient: Patient) -> Iterator[Finding]:
        found = self.looking.look(patient.folder)
        settings, finding = self._settings(patient)
        yield finding
        if settings is not None:
            yield self._factory(patient, settings, found)
            yield self._data(patient, settings)
        yield history(found)
        yield baseline(found, settings)
        yield sandboxed(self.sandbox.available(), settings)
        yield from self._workflows(patient)
        yield self._owners(patient)
        if settings is not None:
            yield self._exercised(patient, settings)
        yield from self._hosted(found, patient.repository or found.remote)

    def _settings(self, patient: Patient) -> tuple[Settings | None, Finding]:
        name = patient.config.name
        try:
            text = self.workspace.read(patient.config.parent, name)
            if text is None:
                return None, broken("gate.toml", f"there is no {name} here", "gate init")
            return parse(text, name), fine("gate.toml", f"{name} is read")
        except GateError as error:
            return None, broken("gate.toml", error.message, error.advice)

    def _factory(self, patient: Patient, settings: Settings, found: Found) -> Finding:
        for role, model in (("candidate", settings.candidate_model), ("baseline", settings.baseline_model)):
            named = (model.factory, model.adapter, *(m for m in (model.fit, model.predict) if ":" in m))
            for name in filter(None, named):
                if why := self._why_absent(patient.config.parent, name):
                    return broken(
                        "model", f"the {role}'s {name}: {why}", "gate init --force, or mend [model] in gate.toml"
                    )
        model = settings.candidate_model
        if model.adapter and UNFILLED in (self.workspace.read(patient.config.parent, ADAPTER) or ""):
            return broken("model", f"{ADAPTER} is the draft that gate init wrote", "fill in what it raises")
        if finding := uncallable(model, found):
            return finding
        return fine("model", f"{model.factory or model.adapter or model.fit} is there")

    def _why_absent(self, folder: Path, name: str) -> str:
        """Why a `module:name` is not in the code here; "" where it is, or where it lies in an installed package."""
        place, _, attribute = name.rpartition(":")
        stem = place.removesuffix(".py") if place.endswith(".py") else place.replace(".", "/")
        texts = [self.workspace.read(folder, f"{stem}{end}") for end in (".py", "/__init__.py")]
        text = next((one for one in texts if one is not None), None)
        if text is None:
            return f"there is no file {stem}.py"
        first = attribute.partition(".")[0]
        return "" if re.search(rf"\b{re.escape(first)}\b", text) else f"{stem}.py does not name {first}"

    def _data(self, patient: Patient, settings: Settings) -> Finding:
        try:
            data = self.market_data.load(settings.data, patient.config.parent)
            check_plan(settings, data, quick=False)
        except GateError as error:
            return broken("data", error.message, error.advice)
        return fine("data", described(data))

    def _workflows(self, patient: Patient) -> Iterator[Finding]:
        texts = {name: self.workspace.read(patient.folder, path_of(name)) for name in NAMES}
        missing = [path_of(name) for name, text in texts.items() if text is None]
        changed = [path_of(name) for name, text in texts.items() if text is not None and not same(text, name)]
        if missing:
            yield warning("workflows", f"missing: {', '.join(missing)}", "gate init --no-config")
        if changed:
            yield warning(
                "workflows", f"not as gate init writes them: {', '.join(changed)}", "gate init --no-config --force"
            )
        if not missing and not changed:
            yield fine("workflows", f"{len(texts)} of them, as gate init writes them")
        loose = [line for text in texts.values() for line in unpinned(text or "")]
        if loose:
            yield warning(
                "pins", f"not pinned to a full SHA: {loose[0]}", "write the commit's SHA, the version beside it"
            )

    def _owners(self, patient: Patient) -> Finding:
        text = next((text for name in OWNERS if (text := self.workspace.read(patient.folder, name)) is not None), None)
        lacking = [path for path in (path_of("gate"), patient.config.name) if not owned(text or "", path)]
        if lacking:
            return warning("code owners", f"nobody owns {', '.join(lacking)}", "gate init --no-config --owner @you")
        return fine("code owners", "the workflows and the policy have owners")

    def _exercised(self, patient: Patient, settings: Settings) -> Finding:
        text = self.workspace.read(patient.config.parent, SELFTEST)
        if text is None:
            return warning("limits", "never exercised here: would they catch anything?", "gate selftest --quick")
        try:
            record = msgspec.json.decode(text, type=SelfTest)
        except msgspec.DecodeError:
            return warning("limits", f"{SELFTEST} is damaged", "gate selftest --quick")
        return exercised(record, settings, patient)

    def _hosted(self, found: Found, repository: str) -> Iterator[Finding]:
        if not repository or self.hosting is None:
            lacking = "there is no token" if repository else "origin is no repository at GitHub"
            yield warning("GitHub", f"not asked ({lacking})", "GITHUB_TOKEN=$(gh auth token) gate doctor")
            return
        try:
            hosted = self.hosting(repository).hosted(found.default_branch)
        except GateError as error:
            yield warning("GitHub", error.message, error.advice)
            return
        yield required(hosted)
        yield reviewed(hosted)
        yield may_open(hosted)
        yield approved(hosted)


def described(data: DataSet) -> str:
    """How much there is, and from when to when: a date that was read the wrong way round is seen here."""
    first = min(bars.time[0] for bars in data.symbols.values())
    last = max(bars.time[-1] for bars in data.symbols.values())
    symbols = f"{len(data.symbols)} symbol{'s' if len(data.symbols) > 1 else ''}"
    return f"{symbols}, {data.bars:,} bars, {first.astype('datetime64[D]')} to {last.astype('datetime64[D]')}"


def uncallable(model: ModelSettings, found: Found) -> Finding | None:
    """What the gate would call and the class surely lacks; None where nothing is, or where more than the code decides.

    The code that is looked at is the candidate's: an older baseline may have had other names.
    """
    seen = next((one for one in (*found.detectors, *found.others) if one.factory == model.factory), None)
    if not model.factory or seen is None:
        return None
    lacking = [name for name in seen.missing if name not in model.kwargs]
    if lacking:
        mend = "write them into [model] kwargs, or build it in an adapter without factory (README, In your repository)"
        return broken("model", f"{model.factory} is built with {', '.join(lacking)}", mend)
    asked = (model.fit, model.predict, model.predict_proba, model.filter_proba, model.live)
    absent = seen.lacks(name for name in asked if name and ":" not in name)
    if model.adapter or not absent:
        return None
    return broken(
        "model",
        f"{model.factory} has no {' and no '.join(absent)} (it offers {seen.offers() or 'nothing'})",
        "name its own under [model], or write an adapter (README, In your repository)",
    )


# ------------------------------------------------------------------ findings


def fine(what: str, sentence: str) -> Finding:
    """Nothing to mend."""
    return Finding(what=what, state=State.OK, sentence=sentence)


def warning(what: str, sentence: str, mend: str) -> Finding:
    """Something is not shown to be right."""
    return Finding(what=what, state=State.WARNING, sentence=sentence, mend=mend)


def broken(what: str, sentence: str, mend: str) -> Finding:
    """Nothing can be answered like this."""
    return Finding(what=what, state=State.BROKEN, sentence=sentence, mend=mend)


def worst(findings: tuple[Finding, ...]) -> State:
    """What the whole amounts to."""
    states = [finding.state for finding in findings]
    return next((state for state in (State.BROKEN, State.WARNING) if state in states), State.OK)


def history(found: Found) -> Finding:
    """Both versions and the tags must be at hand."""
    if not found.in_git:
        return warning("history", "this is no git repository", "git init")
    if found.shallow:
        mend = "git fetch --unshallow --tags   (actions/checkout: fetch-depth: 0)"
        return warning("history", "a shallow clone: refs and tags are missing", mend)
    return fine("history", "whole")


def baseline(found: Found, settings: Settings | None) -> Finding:
    """What the candidate is held against, and what the night is."""
    named = settings.baseline.ref if settings else None
    if not found.stable_tag:
        return warning(
            "stable tag", "HEAD has no release in its history, so nothing to go back to", "git tag v1.0.0 SHA"
        )
    if not named and settings and settings.baseline == settings.candidate:
        return warning(
            "baseline", "none is named: a checkout is held against itself", f'[baseline] ref = "{found.stable_tag}"'
        )
    return fine("stable tag", found.stable_tag)


def sandboxed(held: Protection, settings: Settings | None) -> Finding:
    """The code under test is a stranger's."""
    asked = settings.sandbox.level if settings else "preferred"
    if held.level is Level.SANDBOX and asked == "off":
        return warning("sandbox", "[sandbox] level is off: the model is held by limits only", 'level = "required"')
    if held.level is Level.SANDBOX:
        return fine("sandbox", held.reason)
    say = broken if asked == "required" else warning
    return say("sandbox", held.reason, held.advice)


def unpinned(text: str) -> list[str]:
    """Lines that use an action by a name that can be moved."""
    return [line.strip().removeprefix("- ") for line in _USES.findall(text) if not _PINNED.search(line)]


def owned(owners: str, path: str) -> bool:
    """Whether CODEOWNERS names somebody for a file: the last pattern that matches decides.

    https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    found = False
    for line in owners.splitlines():
        words = line.partition("#")[0].split()
        if words and _matches(words[0], path):
            found = len(words) > 1
    return found


def _matches(pattern: str, path: str) -> bool:
    bare = pattern.strip("/")
    if bare in ("*", "**"):
        return True
    anchored = pattern.startswith("/") or "/" in bare
    places = [path, *map(str, PurePosixPath(path).parents)]
    if pattern.endswith("/"):
        places = places[1:]
    if not anchored:
        places = [PurePosixPath(place).name for place in places]
    return any(fnmatchcase(place, bare.removesuffix("/**")) for place in places)


def exercised(record: SelfTest, settings: Settings, patient: Patient) -> Finding:
    """A self-test counts for the limits that it was made under, and not for ever."""
    question = Question(settings=settings, folder=patient.folder, quick=record.quick)
    again = "gate selftest --quick"
    if record.policy_sha256 != policy_sha256(against_itself(question)):
        return warning("limits", "changed since they were last exercised", again)
    if len(record.results) < len(CATALOGUE):
        return warning("limits", f"only {len(record.results)} of {len(CATALOGUE)} defects were tried", again)
    if verdict_of(record) is not Verdict.PASS:
        missed = ", ".join(record.missed) or record.control_reason
        return warning("limits", f"the last self-test did not pass: {missed}", "gate selftest")
    try:
        age = patient.now - datetime.fromisoformat(record.at).astimezone(UTC)
    except ValueError:
        return warning("limits", "nobody knows when they were last exercised", again)
    if age > OLD:
        return warning("limits", f"last exercised {age.days} days ago", again)
    return fine("limits", f"exercised {max(age.days, 0)} days ago")


# ------------------------------------------------------------------ at GitHub


def required(hosted: Hosted) -> Finding:
    """The merge must hang on the published status, and on nobody else's of that name."""
    if hosted.checks is None:
        return warning("required check", "the token may not see branch protection", "give it administration: read")
    ours = [check for check in hosted.checks if check.context == CHECK]
    place = f"{hosted.page}/settings/rules"
    if not ours:
        return warning(
            "required check",
            f"'{CHECK}' is not required on {hosted.branch}: anything merges",
            f"{place}: require '{CHECK}'",
        )
    if all(check.app_id is None for check in ours):
        return warning(
            "required check", f"'{CHECK}' is not bound to its source: anybody may write it", f"{place}: choose its App"
        )
    jobs = any(check.app_id == JOBS_APP for check in ours)
    note = "; an App of your own is safer, since every workflow reports as GitHub Actions" if jobs else ""
    return fine("required check", f"'{CHECK}' is required on {hosted.branch} and bound to its source{note}")


def reviewed(hosted: Hosted) -> Finding:
    """Code owners are only names until their approval is required."""
    if hosted.code_owner_review:
        return fine("owners' review", "is required")
    said = (
        "is not required: owners are only asked" if hosted.code_owner_review is False else "is not seen to be required"
    )
    mend = f"{hosted.page}/settings/rules: require review from Code Owners"
    return warning("owners' review", said, mend)


def may_open(hosted: Hosted) -> Finding:
    """The night and the emergency open pull requests with the job's own token."""
    if hosted.may_open_pull_requests:
        return fine("pull requests", "workflows may open them")
    mend = (
        f"gh api -X PUT repos/{hosted.repository}/actions/permissions/workflow"
        " -f default_workflow_permissions=read -F can_approve_pull_request_reviews=true"
    )
    if hosted.may_open_pull_requests is None:
        return warning("pull requests", "the token may not see whether workflows may open them", mend)
    return warning("pull requests", "workflows may not open them: a rollback ends in an issue", mend)


def approved(hosted: Hosted) -> Finding:
    """A rollback by hand is one person's word, unless GitHub holds the job until a second one agrees."""
    place = f"{hosted.page}/settings/environments"
    if hosted.rollback_approved is None:
        said = "the environment 'rollback' is not seen: the first rollback makes it, and nobody is asked"
        return warning("approval", said, f"{place}: New environment 'rollback', required reviewers")
    if not hosted.rollback_approved:
        return warning(
            "approval", "a rollback starts without anybody's yes", f"{place}: 'rollback', required reviewers"
        )
    if not hosted.rollback_by_another:
        return warning("approval", "who starts a rollback may approve it", f"{place}: 'rollback', prevent self-review")
    return fine("approval", "a second person approves a rollback")
