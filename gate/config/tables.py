"""Tables of a settings file as frozen values; an unknown key is refused, and the nearest one named."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from gate.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)


def document_of(text: str, name: str) -> Mapping[str, Any]:
    """The tables of a settings file's text. Raises ConfigError with one line that says what to do."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{name} is not TOML: {error}", "mend that line; gate.toml is explained in the README"
        ) from error
    return in_pyproject(document, name) if name.endswith("pyproject.toml") else document


def in_pyproject(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table [tool.gate]."""
    tool = document.get("tool")
    found = tool.get("gate") if isinstance(tool, dict) else None
    if not isinstance(found, dict):
        raise ConfigError(f"{name} has no table [tool.gate]", "write [tool.gate.model] and so on, or use a gate.toml")
    return found


def refuse_unknown(given: Iterable[str], known: Iterable[str], name: str, table: str) -> None:
    """Name the first unknown key, and the nearest one that exists."""
    known = list(known)
    for key in given:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            advice = f"did you mean '{nearest[0]}'?" if nearest else f"known here: {', '.join(known)}"
            place = f" in [{table}]" if table else ""
            raise ConfigError(f"{name}: unknown key '{key}'{place}", advice)


def section(kind: type[T], given: Mapping[str, Any], name: str, table: str) -> T:
    """One table as its settings."""
    refuse_unknown(given, kind.__struct_fields__, name, table)
    try:
        return msgspec.convert(dict(given), kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: [{table}] {lowered(error)}", "see the README for what this key takes") from error


def lowered(error: msgspec.ValidationError) -> str:
    """Msgspec's words with the key in front: "train: expected `int`, got `str`"."""
    message, _, place = str(error).partition(" - at `$.")
    return f"{place.rstrip('`')}: {message[:1].lower()}{message[1:]}" if place else message
