"""Finding what the user named."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any


class MissingError(Exception):
    """The module or the name is not there."""


def resolve(name: str) -> Any:
    """Return what `package.module:attribute` or `/path/file.py:attribute` names."""
    place, _, attribute = name.rpartition(":")
    if not place:
        raise MissingError(f"'{name}' is not of the form module:name")
    value: Any = load_file(place) if place.endswith(".py") else load_module(place)
    for part in attribute.split("."):
        if not hasattr(value, part):
            raise MissingError(f"{place} has no '{part}'")
        value = getattr(value, part)
    return value


def load_module(name: str) -> Any:
    """Import a module; that itself (not something it imports) being absent is MissingError."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise MissingError(f"there is no module '{error.name}'") from error
        raise


def load_file(path: str) -> Any:
    """Import a file that is on no import path."""
    if not os.path.isfile(path):
        raise MissingError(f"there is no file {os.path.basename(path)}")
    spec = importlib.util.spec_from_file_location("gate_named_" + os.path.basename(path)[:-3], path)
    if spec is None or spec.loader is None:
        raise MissingError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
