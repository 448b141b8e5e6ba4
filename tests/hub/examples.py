"""Where GitHub's own examples break GitHub's own description.

``python -m tests.hub.examples`` prints them for the operations that the hub serves.
"""

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema_rs

from tests.hub import rest  # noqa: F401  registers the routes
from tests.hub.description import ROOT, compile_for, json_schema, resolved, whole
from tests.hub.routes import ROUTES


class Broken(NamedTuple):
    """One example that is not what its schema says."""

    operation: str
    status: str
    where: str
    """Path inside of the example, its list indices left out."""
    why: str


def broken() -> list[Broken]:
    document = whole()
    keys = sorted({one.key for one in ROUTES})
    compiled = compile_for(keys, document)
    registry = jsonschema_rs.Registry([(ROOT, {"schemas": compiled.schemas})])
    found = []
    for key, status, value in _examples(keys, document):
        schema = compiled.operations[key].answers[status]
        validator = jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=True)
        found += [Broken(key, status, _where(fault), _why(fault)) for fault in validator.iter_errors(value)]
    return sorted(set(found))


def _examples(keys: list[str], document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for key in keys:
        method, path = key.split(" ")
        for status, answer in document["paths"][path][method.lower()]["responses"].items():
            content = resolved(answer, document)
            if json_schema(content) is None:
                continue
            for example in content["content"]["application/json"].get("examples", {}).values():
                yield key, status, resolved(example, document).get("value")


def _where(fault: Any) -> str:
    return ".".join(word for word in fault.instance_path if isinstance(word, str)) or "the answer"


def _why(fault: Any) -> str:
    text = fault.message
    return text if len(text) < 80 else "fits none of the schemas that it may have"


if __name__ == "__main__":
    for one in broken():
        sys.stdout.write(f"{one.operation} {one.status}: {one.where}: {one.why}\n")
