"""Set gate up in a repository: look, choose, and say as data which files are to be written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

import gate
from gate.config import parse
from gate.domain.market import DataSet
from gate.domain.settings import DataSettings, RunSettings
from gate.domain.setup import Choice, Detector, Found
from gate.errors import BrokenQuestionError, DataError, OutputError
from gate.ports import MarketData
from gate.ports.setup import Looking, Workspace
from gate.report import scripts
from gate.report.settings import ADAPTER, adapter_py, gate_toml
from gate.report.workflows import NAMES, REQUIREMENTS, WorkflowSettings, path_of, settings_in, workflow
from gate.usecases.plan import WARM_UP, check_plan

FALLBACK = ("arch:sp500", "arch:nasdaq")
"""Daily bars that are shipped with the package arch: there is always something to run on."""
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
CONFIG = "gate.toml"
SPEAKING = r"regime|hmm|markov|detector"
NEAREST = 3
"""So many classes that are no detectors are named where there is none."""
USUAL = WorkflowSettings()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the user said; None and () are left to what is found."""

    factory: str | None = None
    data: tuple[str, ...] = ()
    baseline: str | None = None
    owner: str | None = None
    """Who owns the policy, e.g. "@quants"."""
    config: bool = True
    """Write gate.toml."""
    workflows: WorkflowSettings | None = USUAL
    """None: only gate.toml."""
    scripts: bool = True
    """Write the emergency scripts, where there are none of these names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What is to be written, and what should be said with it."""

    choice: Choice | None
    """None where no gate.toml was asked for."""
    files: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Initialiser:
    """The ports that setting up goes through."""

    looking: Looking
    workspace: Workspace
    market_data: MarketData

    def usual(self, folder: Path) -> WorkflowSettings:
        """What the workflows that are there say they were written with, else the defaults."""
        return settings_in(self.workspace.read(folder, path_of("gate")) or "") or USUAL

    def prepare(self, folder: Path, found: Found, asked: Asked) -> Written:
        """Decide every file's text. Raises BrokenQuestionError; nothing is written."""
        refuse(found, asked)
        files = self._workflows(folder, asked) | self._scripts(folder, asked)
        if not asked.config:
            return Written(choice=None, files=files, notes=())
        detector = chosen(found, asked.factory)
        data, notes = self._data(folder, found, asked.data)
        choice = Choice(
            detector=detector,
            data=data.sources,
            baseline=found.stable_tag if asked.baseline is None else asked.baseline,
            isolated=bool(found.dependency_file),
        )
        choice, more = sized(choice, data)
        if choice.detector.adapted and self.workspace.read(folder, ADAPTER) is None:
            files = {ADAPTER: adapter_py(choice.detector)} | files
        text = gate_toml(choice)
        parse(text, CONFIG)  # what is written must load
        return Written(
            choice=choice,
            files={CONFIG: text} | files,
            notes=(*notes, *more, *remarks(found, choice)),
        )

    def place(self, folder: Path, written: Written, *, force: bool) -> tuple[str, ...]:
        """Write what differs from what is there, all or nothing; returns the names. Raises OutputError."""
        before = {name: self.workspace.read(folder, name) for name in written.files}
        changed = {name: text for name, text in written.files.items() if before[name] != text}
        taken = [name for name in changed if before[name] is not None]
        if taken and not force:
            advice = "--force writes over what is there; --no-config and --no-workflows leave a part out"
            raise OutputError(f"{', '.join(taken)} is there already", advice)
        self.workspace.place(folder, changed)
        return tuple(changed)

    def _data(self, folder: Path, found: Found, asked: Sequence[str]) -> tuple[DataSet, list[str]]:
        """The bars of the first sources that can be read; only what the user named must be."""
        if asked:
            return self.market_data.load(DataSettings(sources=tuple(asked)), folder), []
        notes = []
        if found.data:
            try:
                return self.market_data.load(DataSettings(sources=found.data), folder), []
            except DataError as error:
                notes.append(f"{', '.join(found.data)} cannot be used: {error.message} {error.advice}")
        elif found.data_ignored:
            notes.append(f"{', '.join(found.data_ignored)} is ignored by git, so the jobs would not have it")
        notes.append(f"no market data of yours is used: {' and '.join(FALLBACK)} (daily bars, shipped with arch)")
        return self.market_data.load(DataSettings(sources=FALLBACK), folder), notes

    def _scripts(self, folder: Path, asked: Asked) -> dict[str, str]:
        """For three in the morning. A script of the user's own under such a name stays what it is."""
        paths = {scripts.path_of(name): name for name in scripts.NAMES} if asked.scripts else {}
        return {path: scripts.script(name) for path, name in paths.items() if self.workspace.read(folder, path) is None}

    def _workflows(self, folder: Path, asked: Asked) -> dict[str, str]:
        """The workflows, what they install, and who owns them."""
        if asked.workflows is None:
            return {}
        files = {path_of(name): workflow(name, asked.workflows) for name in NAMES}
        if asked.workflows.source == "requirements":
            files[REQUIREMENTS] = requirements()
        if asked.owner and all(self.workspace.read(folder, name) is None for name in OWNERS):
            files[OWNERS[0]] = owners(asked.owner)
        return files


def requirements() -> str:
    """What the jobs install."""
    why = "# What the gate's jobs install. A change here never passes the gate by itself."
    return f"{why}\nregime-gate=={gate.__version__}\n"


def owners(owner: str) -> str:
    """CODEOWNERS for what decides over the gate."""
    return f"# Who must approve a change of what the gate holds models to.\n/.github/ {owner}\n/{CONFIG} {owner}\n"


def refuse(found: Found, asked: Asked) -> None:
    """What would write files that nobody reads, or that say something else than was meant."""
    if found.prefix and asked.workflows:
        raise BrokenQuestionError(
            f"this is the folder {found.prefix} of a repository, and GitHub reads workflows at its root only",
            "run gate init at the root, or with --no-workflows",
        )
    if asked.workflows and not re.fullmatch(r"3\.\d{1,2}", asked.workflows.python):
        raise BrokenQuestionError(f"'{asked.workflows.python}' is no version of Python", "write e.g. --python 3.12")
    if asked.owner is not None and not re.fullmatch(r"@[\w./-]+|[\w.+-]+@[\w.-]+", asked.owner):
        raise BrokenQuestionError(f"'{asked.owner}' owns no code", "write e.g. --owner @organisation/quants")


def chosen(found: Found, factory: str | None) -> Detector:
    """The detector that was named, or the likeliest. Raises BrokenQuestionError."""
    if factory is None:
        if not found.detectors:
            near = [one.named for one in nearest(found)]
            raise BrokenQuestionError(
                "no class here has methods like fit and predict" + (f" (nearest: {', '.join(near)})" if near else ""),
                "name yours, whatever its methods are called: gate init --factory "
                + (near[0] if near else "package.module:Class"),
            )
        return found.detectors[0]
    known = [
        one for one in (*found.detectors, *found.others) if factory in (one.factory, one.factory.rpartition(":")[2])
    ]
    if known:
        return known[0] if known[0].predict and known[0].fit else called(known[0])
    if ":" not in factory:
        names = ", ".join(one.named for one in found.detectors) or "none"
        raise BrokenQuestionError(f"there is no detector '{factory}' (found: {names})", "write package.module:Class")
    return Detector(file="", line=0, factory=factory, fit="fit", predict="predict")


def nearest(found: Found) -> list[Detector]:
    """Classes that are called like a detector; what they lack an adapter gives them."""
    return [one for one in found.others if one.methods and re.search(SPEAKING, one.named, re.IGNORECASE)][:NEAREST]


def called(detector: Detector) -> Detector:
    """A class without a fit or a predict, as the adapter will offer it; it is given bars, which all else is made of."""
    lacking = bool(detector.methods)  # else a base that is not seen may have both
    return msgspec.structs.replace(
        detector,
        fit="fit" if lacking else detector.fit or "fit",
        predict="predict" if lacking else detector.predict or "predict",
        input="bars" if lacking else detector.input,
        adapted=lacking,
    )


def sized(choice: Choice, data: DataSet) -> tuple[Choice, list[str]]:
    """Windows that fit the bars that there are."""
    bars, usual = min(map(len, data.symbols.values())), RunSettings()
    if bars >= WARM_UP + usual.train + 5 * usual.test:
        return choice, []
    test = min(usual.test, max(bars // 40, 5))
    train = max(min(usual.train, bars // 3), 30)
    windows = max((bars - WARM_UP - train) // test, 1)
    smaller = msgspec.structs.replace(choice, train=train, test=test, windows=min(windows, usual.windows))
    try:
        check_plan(parse(gate_toml(smaller), CONFIG), data, quick=False)
    except BrokenQuestionError as error:
        return smaller, [f"the shortest symbol has {bars} bars, which is too few: {error.message}"]
    return smaller, [f"the shortest symbol has {bars} bars: windows are smaller than usual"]


def remarks(found: Found, choice: Choice) -> list[str]:
    """What the user should know of what was chosen."""
    notes = []
    detector = choice.detector
    if detector.missing and not detector.adapted:
        needs = ", ".join(detector.missing)
        notes.append(
            f"{detector.named} needs {needs}: write them into [model] kwargs, or build it in an adapter (README)"
        )
    if detector.adapted:
        notes.append(f"{detector.named} has no fit or no predict: say in {ADAPTER} how it does both")
    if not choice.baseline:
        notes.append("no stable tag was found: name the version that trades under [baseline] ref")
    if found.shallow:
        notes.append("this is a shallow clone, so tags may be missing: git fetch --unshallow --tags")
    if not found.in_git:
        notes.append("this is no git repository: the workflows are of use once it is one on GitHub")
    if not found.dependency_file:
        notes.append(f"no dependency file was found: what the model imports belongs into {REQUIREMENTS}")
    if found.unreadable:
        notes.append(f"{len(found.unreadable)} Python files do not parse, {found.unreadable[0]} among them")
    return notes
