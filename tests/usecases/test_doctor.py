"""Each thing that can be wrong is one line with what mends it; nothing that could not be seen counts as right."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gate.adapters.market_data import MarketDataFiles
from gate.config import parse
from gate.domain.doctor import Finding, Hosted, RequiredCheck, State
from gate.domain.market import DataSet
from gate.domain.sandbox import Level, Protection
from gate.domain.selftest import Caught, PlantResult, SelfTest
from gate.domain.settings import ModelSettings
from gate.domain.setup import Detector, Found
from gate.domain.verdict import Verdict
from gate.errors import DataError, GitHubError
from gate.report.workflows import NAMES, WorkflowSettings, path_of, workflow
from gate.usecases.catalogue import CATALOGUE
from gate.usecases.doctor import (
    CHECK,
    JOBS_APP,
    SELFTEST,
    Doctor,
    Patient,
    approved,
    may_open,
    owned,
    required,
    reviewed,
    uncallable,
    unpinned,
    worst,
)
from gate.usecases.observe import Question, policy_sha256
from gate.usecases.selftest import against_itself

NOW = datetime(2026, 1, 31, tzinfo=UTC)
CONFIG = '[data]\nsources = ["a.csv"]\n[model]\nfactory = "src.m:Model"\n[baseline]\nref = "v1.0.0"\n'
WELL = Found(in_git=True, stable_tag="v1.0.0", default_branch="main", remote="quants/regimes")
HOSTED = Hosted(
    page="https://github.com/quants/regimes",
    repository="quants/regimes",
    branch="main",
    checks=(RequiredCheck(context=CHECK, app_id=77),),
    code_owner_review=True,
    may_open_pull_requests=True,
    rollback_approved=True,
    rollback_by_another=True,
)


def record(**changes):
    settings = against_itself(Question(settings=parse(CONFIG, "gate.toml"), folder=Path(), quick=True))
    results = tuple(PlantResult(name=kind.name, metric=kind.metrics[0], caught=Caught.CAUGHT) for kind in CATALOGUE)
    values = {
        "control": Verdict.PASS,
        "control_reason": "",
        "results": results,
        "quick": True,
        "seconds": 60.0,
        "data_sha256": "",
        "policy_sha256": policy_sha256(settings),
        "at": "2026-01-30T03:00:00+00:00",
    }
    return msgspec.json.encode(SelfTest(**(values | changes))).decode()


FILES = {
    "gate.toml": CONFIG,
    "src/m.py": "class Model: ...",
    ".github/CODEOWNERS": "/.github/ @quants\n/gate.toml @quants\n",
    **{path_of(name): workflow(name, WorkflowSettings()) for name in NAMES},
}


class World:
    """Every port of the doctor's over plain values."""

    def __init__(self, found=WELL, files=None, hosted=HOSTED, sandbox=Level.SANDBOX, bars=None):
        self.found, self.answer, self.sandbox, self.bars = found, hosted, sandbox, bars
        self.files = {**FILES, SELFTEST: record()} | (files or {})

    def look(self, folder):
        return self.found

    def read(self, folder, name):
        return self.files.get(name)

    def available(self):
        return Protection(level=self.sandbox, reason="bubblewrap 0.8.0", advice="install it")

    def load(self, settings, folder):
        if isinstance(self.bars, Exception):
            raise self.bars
        return data_set()

    def hosted(self, branch):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def findings(self, *, token=True, repository=""):
        doctor = Doctor(
            looking=self,
            workspace=self,
            market_data=self,
            sandbox=self,
            hosting=(lambda name: self) if token else None,
        )
        patient = Patient(folder=Path(), config=Path("gate.toml"), repository=repository, now=NOW)
        return doctor.examine(patient)


def data_set():
    bars = MarketDataFiles().simulate(3000, 1)
    return DataSet(symbols={bars.symbol: bars}, sha256="d", sources=("a.csv",))


def wrong(world, **words):
    """The findings that are not OK."""
    return [finding for finding in world.findings(**words) if finding.state is not State.OK]


def only(world, **words):
    (finding,) = wrong(world, **words)
    assert finding.mend
    return finding


def test_where_all_is_right_every_line_says_so():
    findings = World().findings()
    assert worst(findings) is State.OK, [f for f in findings if f.state is not State.OK]
    assert len(findings) >= 11
    assert not any(finding.mend for finding in findings)


@pytest.mark.parametrize(
    ("files", "words", "mend"),
    [
        ({"gate.toml": None}, "there is no gate.toml", "gate init"),
        ({"gate.toml": "[modle]"}, "unknown key 'modle'", "did you mean 'model'?"),
        ({"src/m.py": None}, "no file src/m.py", "gate init --force"),
        ({"src/m.py": "class Other: ..."}, "does not name Model", "gate init --force"),
        ({"gate.toml": CONFIG.replace('factory = "src.m:Model"', 'adapter = "a.py:build"')}, "no file a.py", "[model]"),
    ],
)
def test_a_question_that_cannot_be_asked_is_broken(files, words, mend):
    finding = wrong(World(files=files))[0]
    assert (finding.state, words in finding.sentence, mend in finding.mend) == (State.BROKEN, True, True), finding
    assert worst((finding,)) is State.BROKEN


SEEN = Detector(
    file="src/m.py", line=1, factory="src.m:Model", fit="", predict="", missing=("config",), methods=("detect", "reset")
)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("", "src.m:Model is built with config"),
        ("kwargs = { config = 1 }", "src.m:Model has no fit and no predict (it offers detect, reset)"),
        ('kwargs = { config = 1 }\nfit = "reset"', "src.m:Model has no predict"),
        ('kwargs = { config = 1 }\nfit = "reset"\npredict = "detect"\nlive = "step"', "src.m:Model has no step"),
        ('kwargs = { config = 1 }\nfit = "reset"\npredict = "detect"', ""),
        ('kwargs = { config = 1 }\nadapter = "a.py:adapt"', ""),
        ('fit = "a:f"\npredict = "a:g"', "is built with config"),
    ],
)
def test_what_the_class_surely_lacks_is_named_before_anything_is_run(model, words):
    files = {
        "gate.toml": CONFIG.replace("[baseline]", f"{model}\n[baseline]"),
        SELFTEST: None,
        "a.py": "f = g = adapt = 1",
    }
    findings = World(files=files, found=msgspec.structs.replace(WELL, others=(SEEN,))).findings()
    (finding,) = [one for one in findings if one.what == "model"]
    assert words in finding.sentence
    assert finding.state is (State.BROKEN if words else State.OK)


def test_of_a_class_that_is_not_seen_nothing_is_claimed():
    assert uncallable(ModelSettings(factory="src.m:make"), msgspec.structs.replace(WELL, others=(SEEN,))) is None


def test_the_days_of_the_data_are_told():
    (finding,) = [one for one in World().findings() if one.what == "data"]
    assert re.fullmatch(r"1 symbol, 3,000 bars, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d", finding.sentence)


def test_data_that_does_not_load_is_broken():
    finding = only(World(bars=DataError("row 3 is no number", "mend it")))
    assert (finding.what, finding.state, finding.mend) == ("data", State.BROKEN, "mend it")


@pytest.mark.parametrize(
    ("changes", "what", "mend"),
    [
        ({"shallow": True}, "history", "git fetch --unshallow"),
        ({"stable_tag": ""}, "stable tag", "git tag"),
        ({"in_git": False}, "history", "git init"),
    ],
)
def test_what_history_lacks_is_named(changes, what, mend):
    finding = only(World(found=msgspec.structs.replace(WELL, **changes)))
    assert (finding.what, mend in finding.mend) == (what, True)


def test_a_machine_without_a_sandbox_is_named():
    missing = only(World(sandbox=Level.LIMITS))
    assert (missing.what, missing.state) == ("sandbox", State.WARNING)
    required = {"gate.toml": CONFIG + '[sandbox]\nlevel = "required"\n'}
    assert State.BROKEN in [f.state for f in wrong(World(sandbox=Level.LIMITS, files=required)) if f.what == "sandbox"]
    off = {"gate.toml": CONFIG + '[sandbox]\nlevel = "off"\n'}
    assert "limits only" in next(f for f in wrong(World(files=off)) if f.what == "sandbox").sentence


def test_workflows_that_are_missing_changed_or_not_pinned_are_named():
    assert "missing: .github/workflows/nightly.yml" in only(World(files={path_of("nightly"): None})).sentence
    text = FILES[path_of("gate")]
    changed = only(World(files={path_of("gate"): text.replace("fail-fast: false", "fail-fast: true")}))
    assert (changed.what, changed.mend) == ("workflows", "gate init --no-config --force")
    sha = "de0fac2e4500dabe0009e67214ff5f5447ce83dd"
    named = [f.what for f in wrong(World(files={path_of("gate"): text.replace(f"checkout@{sha}", "checkout@v6")}))]
    assert named == ["workflows", "pins"]


@pytest.mark.parametrize(
    ("line", "loose"),
    [
        ("      - uses: actions/checkout@v6", True),
        ("        uses: a/b/c@main # pinned, honestly", True),
        ("      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", False),
        ("      - uses: ./.github/actions/x", False),
        ("      statuses: write", False),
    ],
)
def test_a_pin_is_a_whole_sha(line, loose):
    assert bool(unpinned(line)) is loose


@pytest.mark.parametrize(
    ("owners", "is_owned"),
    [
        ("* @all", True),
        ("/.github/ @quants", True),
        (".github @quants", True),
        (".github/workflows/*.yml @quants", True),
        ("/.github/** @quants", True),
        ("gate.yml @quants", True),
        ("* @all\n/.github/", False),
        ("# * @all", False),
        ("/docs/ @quants", False),
        ("/gate.yml @quants", False),
        ("", False),
    ],
)
def test_the_last_pattern_that_matches_decides_who_owns_a_file(owners, is_owned):
    assert owned(owners, ".github/workflows/gate.yml") is is_owned


def test_code_owners_are_missed():
    assert "nobody owns gate.toml" in only(World(files={".github/CODEOWNERS": "/.github/ @quants"})).sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "never exercised"),
        ("{", "damaged"),
        (record(policy_sha256="other"), "changed since"),
        (record(control=Verdict.BLOCK, control_reason="flaky"), "did not pass: flaky"),
        (record(results=(PlantResult(name="leak", metric="m", caught=Caught.CAUGHT),)), "only 1 of"),
        (record(at=""), "nobody knows when"),
        (record(at="2025-06-01T00:00:00+00:00"), "last exercised 244 days ago"),
    ],
)
def test_limits_that_were_not_shown_to_catch_anything_are_named(text, words):
    finding = only(World(files={SELFTEST: text}))
    assert (finding.what, words in finding.sentence) == ("limits", True), finding.sentence


def test_a_defect_that_was_let_through_is_named():
    results = msgspec.json.decode(record(), type=SelfTest).results
    missed = (msgspec.structs.replace(results[0], caught=Caught.MISSED), *results[1:])
    assert results[0].name in only(World(files={SELFTEST: record(results=missed)})).sentence


def test_without_a_token_or_an_answer_nothing_is_taken_for_right():
    assert "there is no token" in only(World(), token=False).sentence
    assert "no repository at GitHub" in only(World(found=msgspec.structs.replace(WELL, remote=""))).sentence
    assert only(World(hosted=GitHubError("GitHub is down", "wait"))).what == "GitHub"


def test_a_job_says_itself_which_repository_it_is():
    assert not wrong(World(found=msgspec.structs.replace(WELL, remote="")), repository="quants/regimes")


@pytest.mark.parametrize(
    ("check", "words", "state"),
    [
        (None, "may not see", State.WARNING),
        ((), "is not required on main: anything merges", State.WARNING),
        ((RequiredCheck(context="tests", app_id=1),), "is not required", State.WARNING),
        ((RequiredCheck(context=CHECK),), "not bound to its source", State.WARNING),
        ((RequiredCheck(context=CHECK, app_id=JOBS_APP),), "an App of your own is safer", State.OK),
        ((RequiredCheck(context=CHECK, app_id=77),), "bound to its source", State.OK),
    ],
)
def test_the_merge_hangs_on_the_published_check_and_on_its_source(check, words, state):
    finding = required(msgspec.structs.replace(HOSTED, checks=check))
    assert (words in finding.sentence, finding.state) == (True, state), finding


@pytest.mark.parametrize("judge", [reviewed, may_open])
@pytest.mark.parametrize("said", [False, None])
def test_what_is_off_or_not_seen_at_github_is_named(judge, said):
    changed = msgspec.structs.replace(HOSTED, code_owner_review=said, may_open_pull_requests=said)
    finding = judge(changed)
    assert (finding.state, bool(finding.mend)) == (State.WARNING, True)


@pytest.mark.parametrize(
    ("held", "another", "words"),
    [
        (None, None, "is not seen"),
        (False, False, "without anybody's yes"),
        (True, False, "who starts a rollback may approve it"),
        (True, None, "who starts a rollback may approve it"),
    ],
)
def test_a_rollback_that_no_second_person_approves_is_named(held, another, words):
    finding = approved(msgspec.structs.replace(HOSTED, rollback_approved=held, rollback_by_another=another))
    assert (finding.state, bool(finding.mend)) == (State.WARNING, True)
    assert words in finding.sentence
    assert approved(HOSTED).state is State.OK


def test_the_worst_finding_is_what_it_amounts_to():
    states = [Finding(what="x", state=state, sentence="") for state in State]
    assert worst(tuple(states)) is State.BROKEN
    assert worst(tuple(states[:2])) is State.WARNING
    assert worst(()) is State.OK
