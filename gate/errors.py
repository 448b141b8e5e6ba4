"""Everything that can stop the gate: what happened, what to do about it, and the exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command says to the shell. 0 is said only when everything asked was shown."""

    PASS = 0
    BLOCK = 1
    """BLOCK or ROLL_BACK: the candidate breached a limit."""
    BROKEN_QUESTION = 2
    """Usage, configuration or data: nothing was judged."""
    INCONCLUSIVE = 3
    GATE_ERROR = 4
    """The gate itself, or its machine, failed."""


class GateError(Exception):
    """The gate or its machine failed. One line of what happened, one line of advice."""

    exit_code = ExitCode.GATE_ERROR

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class BrokenQuestionError(GateError):
    """What was asked cannot be answered: mend the input and ask again."""

    exit_code = ExitCode.BROKEN_QUESTION


class ConfigError(BrokenQuestionError):
    """gate.toml says something that the gate does not understand."""


class DataError(BrokenQuestionError):
    """The market data is missing, unreadable or not clean."""


class VersionError(BrokenQuestionError):
    """A version cannot be found, exported or installed."""


class ObservationError(GateError):
    """A stored observation is missing, damaged or of another schema."""


class OutputError(BrokenQuestionError):
    """The output folder cannot be written."""


class NewerSchemaError(OutputError):
    """It was written by a gate that knows more than this one."""


class GitHubError(GateError):
    """GitHub did not answer, refused, or made no sense."""

    status: int | None
    """The HTTP status, where there was an answer."""
    wait: float = 0.0
    """Seconds that GitHub asked for before the next request."""
    may_pass: bool = False
    """Asking again can help."""

    def __init__(self, message: str, advice: str = "", *, status: int | None = None) -> None:
        super().__init__(message, advice)
        self.status = status
