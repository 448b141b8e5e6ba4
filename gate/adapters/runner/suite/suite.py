"""`gate.ports.BenchmarkSuite` in processes of this machine."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from gate.adapters.runner.channel import ended
from gate.adapters.runner.process import clean_environment
from gate.adapters.runner.sandbox import Task
from gate.adapters.runner.suite.command import LACKING, LACKING_TIMEOUT, pytest_command, turn_environment
from gate.adapters.runner.suite.place import report_place
from gate.adapters.runner.suite.process import Ran, run
from gate.adapters.runner.suite.report import ReportError, samples_of
from gate.adapters.runner.suite.summary import failures_of, last_words
from gate.adapters.runner.words import words
from gate.domain.plan import TurnRequest
from gate.domain.sandbox import BY_LIMITS, Containment
from gate.domain.suite import Turn, TurnEnding
from gate.domain.version import Version

_FINE, _FAILED, _USAGE, _NOTHING = 0, 1, 4, 5
"""pytest's exit codes (pytest.ExitCode); 2 is interrupted, 3 its own fault."""
_MOST_SOURCE = 8 * 1024 * 1024
"""No file of tests is larger."""


class LocalSuite:
    """Runs turns of the suite with the version's interpreter, in the version's root."""

    def lacking(self, version: Version, containment: Containment = BY_LIMITS) -> str:
        """Return what the interpreter lacks, in words; "" where nothing."""
        command = (version.python, "-I", "-c", LACKING)  # what is installed, not what lies in the root
        task = task_of(version, containment, command, clean_environment())
        try:
            done = run(task, LACKING_TIMEOUT)
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        if done.code is None:
            return "does not answer"
        if done.code:
            return f"fails: {ended(done.code)}"
        said = words(done.output)
        return f"has no {said}" if said else ""

    def turn(self, request: TurnRequest) -> Turn:
        """Run the suite once; what it writes lies in a folder of its own, and is gone when the turn is over."""
        version, settings = request.version, request.settings
        with report_place(request.containment) as place:
            command = pytest_command(request, place.scratch, place.told)
            if command is None:
                return Turn(ending=TurnEnding.OK)  # nothing of the suite is there: nothing is collected
            task = task_of(version, request.containment, tuple(command), turn_environment(), place.handed_on)
            try:
                ran = run(task, settings.timeout)
            except OSError as error:
                return Turn(ending=TurnEnding.CRASHED, error=words(f"cannot be started: {error.strerror}"))
            return turn_of(ran, place.kept(), version.root, settings.timeout)

    def sources(self, version: Version, files: Sequence[str]) -> dict[str, str]:
        """SHA-256 of each file with every conftest.py over it; "" where there is no such file under the root."""
        return {file: source_sha256(Path(version.root), file) for file in files}


def task_of(
    version: Version,
    containment: Containment,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    handed_on: tuple[int, ...] = (),
) -> Task:
    """A command of the suite's, held as was agreed."""
    return Task(
        command=command,
        python=version.python,
        root=version.root,
        environment=environment,
        readable=containment.policy.read,
        handed_on=handed_on,
        counted=True,
        containment=containment,
    )


def turn_of(ran: Ran, report: Path, root: str, timeout: float) -> Turn:
    """What a run of pytest amounts to."""
    spent = ran.cpu_seconds
    if ran.code is None:
        return Turn(ending=TurnEnding.TIMED_OUT, error=f"it did not end within {timeout:g} s", cpu_seconds=spent)
    output = ran.output.replace(root, ".")
    if ran.code not in (_FINE, _FAILED, _NOTHING):
        ending = TurnEnding.NOT_STARTED if ran.code == _USAGE else TurnEnding.CRASHED
        said = ": ".join(part for part in (ended(ran.code), last_words(output)) if part)
        return Turn(ending=ending, error=words(said), cpu_seconds=spent)
    failures = failures_of(output) if ran.code == _FAILED else ()
    try:
        samples = samples_of(report)
    except ReportError as error:
        return Turn(ending=TurnEnding.DAMAGED, error=words(f"its report {error}"), cpu_seconds=spent)
    if ran.code == _FAILED and not failures:
        return Turn(ending=TurnEnding.DAMAGED, error="something failed, and it does not say what", cpu_seconds=spent)
    return Turn(ending=TurnEnding.OK, samples=samples, failures=failures, cpu_seconds=spent)


def source_sha256(root: Path, name: str) -> str:
    """The file and every conftest.py from the root down to it: what decides what a benchmark asks."""
    file = root / name
    if ".." in Path(name).parts or Path(name).is_absolute() or not readable(file):
        return ""
    above = [parent / "conftest.py" for parent in reversed(Path(name).parents)]
    found = [path for path in above if readable(root / path)]
    digest = hashlib.sha256()
    for path in (*found, Path(name)):
        content = (root / path).read_bytes()
        digest.update(f"{path.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def readable(file: Path) -> bool:
    """A regular file of a size that a file of tests has."""
    return file.is_file() and file.stat().st_size <= _MOST_SOURCE
