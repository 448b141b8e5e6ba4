"""One way to start git: through GitPython, with an environment that nobody else chose.

Inside a hook GIT_DIR and GIT_INDEX_FILE point at somebody's work, and a user's settings may name programs. Every GIT_*
variable is taken away (by `env -u`: GitPython can add variables for a child, not remove them) and the gate's own are
put in their place.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from gate.errors import GateError, VersionError

HOME_FREE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
"""Nobody's settings but the private repository's."""
ALWAYS = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
}
TRANSPORT = re.compile(r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|PROXY_SSL_.*|HTTP_.*)")
"""How the user reaches a remote: kept where one is talked to, and nowhere else."""
SETTINGS = {"core.hooksPath": os.devnull, "core.fsmonitor": "false", "gc.auto": "0", "maintenance.auto": "false"}


Variables = Mapping[str, str]
NONE: Variables = {}


class GitFailedError(GateError):
    """A git command failed; `said` is its complaint."""

    def __init__(self, words: Sequence[str], code: int, said: str) -> None:
        self.said = said
        self.code = code
        super().__init__(f"git {words[0]} failed: {said}", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Git:
    """Starts git in one folder, with one set of variables and settings."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: Sequence[tuple[str, str]] = ()
    """Beside SETTINGS; they never reach a disk (a token may be among them)."""
    transport: bool = False
    seconds: float | None = None
    """After which a command is killed; None: never."""

    def __call__(self, *words: str, said: bytes | None = None, variables: Variables = NONE) -> str:
        """Return what a command prints. Raises GitFailedError."""
        code, out, error = self.tried(*words, said=said, variables=variables)
        if code != 0:
            raise GitFailedError(words, code, complaint(error))
        return out

    def tried(self, *words: str, said: bytes | None = None, variables: Variables = NONE) -> tuple[int, str, str]:
        """Return exit code, output and complaints; `said` is given to the command's standard input."""
        if said is None:
            return self._execute(words, None, variables)
        with _as_file(said) as file:
            return self._execute(words, file, variables)

    def bytes_of(self, *words: str, said: bytes) -> bytes:
        """Return what a command prints, byte by byte. Raises GitFailedError."""
        with _as_file(said) as file:
            code, out, error = self._run(words, file, NONE, as_text=False)
        if code != 0:
            raise GitFailedError(words, code, complaint(printable(str(error))))
        return bytes(out)

    def _execute(self, words: Sequence[str], stdin: BinaryIO | None, variables: Variables) -> tuple[int, str, str]:
        code, out, said = self._run(words, stdin, variables, as_text=True)
        return code, printable(str(out)).removesuffix("\n"), printable(str(said))

    def _run(
        self, words: Sequence[str], stdin: BinaryIO | None, variables: Variables, *, as_text: bool
    ) -> tuple[int, Any, Any]:
        try:
            import git  # noqa: PLC0415  costs 0.15 s
        except ImportError as error:  # GitPython says so where it finds no git
            raise VersionError("git is not installed", "gate rolls back with git 2.38 or newer") from error
        environment = self._environment(variables)
        code, out, said = git.Git(self.folder).execute(
            [*self._without(environment), "git", *words],
            istream=stdin,
            env=environment,
            with_extended_output=True,
            with_exceptions=False,
            strip_newline_in_stdout=False,
            stdout_as_string=as_text,
            kill_after_timeout=self.seconds,
        )
        return int(code), out, said

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        settings = [*SETTINGS.items(), *self.settings]
        chosen = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings):
            chosen |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return {**ALWAYS, **self.variables, **chosen, **variables}

    def _without(self, environment: Mapping[str, str]) -> list[str]:
        """Take away every GIT_* variable that whoever started the gate had set."""
        names = [name for name in os.environ if name.startswith("GIT_") and name not in environment]
        unwanted = [name for name in names if not (self.transport and TRANSPORT.fullmatch(name))]
        return ["env", *(word for name in unwanted for word in ("-u", name))] if unwanted else []


@contextmanager
def _as_file(said: bytes) -> Iterator[BinaryIO]:
    """Yield a file to read from: that is what GitPython hands on."""
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryFile() as file:
        file.write(said)
        file.seek(0)
        yield file


def printable(text: str) -> str:
    """Bytes that are no UTF-8 (a path, an old commit's message) as escapes: they are shown, never given back to git."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def objection(stderr: str) -> str:
    """Return what the other side says (a protected branch, a missing right), or else git's own complaint."""
    theirs = [line.removeprefix("remote:").strip() for line in stderr.splitlines() if line.startswith("remote:")]
    return next((line for line in theirs if line), complaint(stderr))


def complaint(stderr: str) -> str:
    """Return the line in which git says what is wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["it said nothing"])[0]
