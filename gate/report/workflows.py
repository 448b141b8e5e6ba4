"""The workflows as text: one template each, for this repository and for everybody else's."""

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

import gate

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = ".github/workflows"
NAMES = ("gate", "publish", "nightly", "rollback")
REQUIREMENTS = ".github/gate-requirements.txt"
"""What the jobs install where gate is not the repository itself; under .github/, so its code owners own it too."""

ACTIONS = {
    "checkout": "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    "setup_python": "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0",
    "upload": "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
    "download": "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
}
"""Every action of others that is used, pinned to the commit of a release."""

INSTALL = {
    "requirements": f"python -m pip install --requirement {REQUIREMENTS}",
    "checkout": 'python -m pip install ".[models]"',
}
_ORIGIN = re.compile(r"^# Written by `gate init` \(gate \S+\): (.*)$", re.MULTILINE)


class WorkflowSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What differs between one repository's workflows and another's; written into each file's head."""

    config: str = "gate.toml"
    python: str = "3.12"
    shards: int = 1
    """Jobs that share the symbols out among them."""
    minutes: int = 45
    """After which a job that observes is given up."""
    source: Literal["requirements", "checkout"] = "requirements"
    """What the jobs install: the requirements file, or this checkout (gate's own repository)."""


def path_of(name: str) -> str:
    """Where a workflow lies."""
    return f"{FOLDER}/{name}.yml"


def workflow(name: str, settings: WorkflowSettings) -> str:
    """One workflow's file."""
    return (
        _environment()
        .get_template(f"{name}.yml")
        .render(
            ACTIONS,
            config=settings.config,
            python=settings.python,
            minutes=settings.minutes,
            minute=len(settings.config) * 7 % 50 + 5,  # not on the hour, when everybody's schedules start
            shards=list(range(1, settings.shards + 1)),
            count=settings.shards,
            install=INSTALL[settings.source],
            origin=origin(settings),
        )
    )


def origin(settings: WorkflowSettings) -> str:
    """The line that says where a file comes from, and what it was written with."""
    words = [f"{name}={shlex.quote(str(getattr(settings, name)))}" for name in settings.__struct_fields__]
    return f"Written by `gate init` (gate {gate.__version__}): {' '.join(words)}"


def settings_in(text: str) -> WorkflowSettings | None:
    """What a file says it was written with; None where it does not."""
    found = _ORIGIN.search(text)
    try:
        given: dict[str, Any] = dict(word.split("=", 1) for word in shlex.split(found[1])) if found else {}
        return msgspec.convert(given, WorkflowSettings, strict=False) if found else None
    except ValueError:
        return None


def same(text: str, name: str) -> bool:
    """Whether a file is what this gate writes, whichever version wrote it."""
    settings = settings_in(text)
    return settings is not None and _without_origin(text) == _without_origin(workflow(name, settings))


def _without_origin(text: str) -> str:
    return _ORIGIN.sub("", text.replace("\r\n", "\n")).strip()


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  40 ms

    return Environment(  # noqa: S701  YAML, and every value is the gate's own or checked
        loader=PackageLoader("gate", "templates/workflows"),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
