"""GitHub's official description of its REST API: what a request may be, and what an answer must be."""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from tests.hub import corrections, npm

PACKAGE, VERSION = "@octokit/openapi", "23.0.2"
MEMBER = "generated/api.github.com.json"
ROOT = "urn:github"

PLAIN = (
    *("type", "enum", "required", "pattern", "format", "minimum", "maximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "multipleOf"),
)
MAPS, LISTS, SINGLES = ("properties", "patternProperties"), ("allOf", "anyOf", "oneOf"), ("items", "not")


class Operation(msgspec.Struct, frozen=True):
    """One method on one path, as far as it is checked."""

    query: dict[str, Any]
    body: dict[str, Any] | None
    body_required: bool
    fields: list[str] | None
    """Names that the body may have; None where any may stand."""
    answers: dict[str, dict[str, Any] | None]


class Compiled(msgspec.Struct, frozen=True):
    operations: dict[str, Operation]
    schemas: dict[str, Any]


class Description:
    """The operations that the hub serves, each checked against GitHub's words."""

    def __init__(self, compiled: Compiled):
        self._operations = compiled.operations
        self._registry = jsonschema_rs.Registry([(ROOT, {"schemas": compiled.schemas})])
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def broken_by_event(self, name: str, payload: Any) -> list[str]:
        return self._body_faults(f"EVENT {name}", self._operations[f"EVENT {name}"], payload)

    def broken_by_request(self, key: str, query: dict[str, str], body: Any) -> list[str]:
        operation = self._operations[key]
        return [*self._query_faults(operation, query), *self._body_faults(key, operation, body)]

    def broken_by_answer(self, key: str, status: int, body: Any) -> list[str]:
        answers = self._operations[key].answers
        if str(status) not in answers:
            return [] if status >= 400 else [f"{key} never answers {status}"]
        schema = answers[str(status)]
        if schema is None:
            return [] if body is None or status >= 300 else [f"{key} {status} has no body"]
        return self._faults(f"{key} {status}", schema, body)

    def _query_faults(self, operation: Operation, query: dict[str, str]) -> list[str]:
        found = [f"no query parameter {name!r}" for name in query if name not in operation.query]
        for name, schema in operation.query.items():
            if name in query:
                found += [f"{name}: {fault}" for fault in self._faults(None, schema, _typed(query[name], schema))]
        return found

    def _body_faults(self, key: str, operation: Operation, body: Any) -> list[str]:
        if operation.body is None:
            return [] if body in (None, {}) else ["no body is described"]
        if body is None:
            return ["a body is required"] if operation.body_required else []
        found = self._faults(f"{key} body", operation.body, body)
        if operation.fields is not None and isinstance(body, dict):
            found += [f"no field {name!r}" for name in body if name not in operation.fields]
        return found

    def _faults(self, name: str | None, schema: dict[str, Any], value: Any) -> list[str]:
        validator = self._validators.get(name) if name else None
        if validator is None:
            validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
            if name:
                self._validators[name] = validator
        return [
            f"{'.'.join(map(str, error.instance_path)) or 'it'}: {error.message[:300]}"
            for error in validator.iter_errors(value)
        ]


@cache
def description_of(keys: frozenset[str]) -> Description:
    """The description of these operations (``"GET /user"``), compiled once and kept."""
    source = Path(__file__).read_bytes() + Path(corrections.__file__).read_bytes() + "\n".join(sorted(keys)).encode()
    kept = npm.CACHE / f"description-{VERSION}-{hashlib.sha256(source).hexdigest()[:16]}.json"
    if not kept.exists():
        compiled = compile_for(keys, whole())
        npm.replaced(kept, msgspec.json.encode(compiled))
    return Description(msgspec.json.decode(kept.read_bytes(), type=Compiled))


def whole() -> dict[str, Any]:
    return msgspec.json.decode(npm.member_of(PACKAGE, VERSION, MEMBER).read_bytes())


def compile_for(keys: Iterable[str], document: dict[str, Any]) -> Compiled:
    operations = {key: _event(key, document) if key.startswith("EVENT") else _operation(key, document) for key in keys}
    schemas: dict[str, Any] = {}
    waiting = _named(msgspec.to_builtins(operations))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = _plain_schema(document["components"]["schemas"][name])
            waiting |= _named(schemas[name]) - set(schemas)
    return Compiled(operations=operations, schemas=schemas)


def _operation(key: str, document: dict[str, Any]) -> Operation:
    method, path = key.split(" ")
    described = document["paths"][path][method.lower()]
    parameters = [resolved(parameter, document) for parameter in described.get("parameters", [])]
    body = described.get("requestBody", {})
    schema = corrections.BODIES.get(key) or json_schema(body)
    return Operation(
        query={p["name"]: _plain_schema(p["schema"]) for p in parameters if p["in"] == "query"},
        body=None if schema is None else _plain_schema(schema),
        body_required=body.get("required", False),
        fields=None if schema is None else _fields(schema, document),
        answers={status: _answer(resolved(answer, document)) for status, answer in described["responses"].items()},
    )


def _event(key: str, document: dict[str, Any]) -> Operation:
    """A webhook's payload, described as a body."""
    described = document["x-webhooks"][key.split(" ")[1]]["post"]["requestBody"]
    schema = json_schema(described)
    return Operation(query={}, body=_plain_schema(schema), body_required=True, fields=None, answers={})


def _answer(answer: dict[str, Any]) -> dict[str, Any] | None:
    schema = json_schema(answer)
    if schema is None:
        return None
    plain = _plain_schema(schema)
    # 409 of contents may be either of two errors whose fields are all optional: every error is both
    return {"anyOf": plain["oneOf"]} if set(plain) == {"oneOf"} else plain


def json_schema(holder: dict[str, Any]) -> dict[str, Any] | None:
    content = holder.get("content", {})
    return content.get("application/json", {}).get("schema")


def _fields(schema: dict[str, Any], document: dict[str, Any]) -> list[str] | None:
    schema = resolved(schema, document)
    if schema.get("additionalProperties"):
        return None
    names = set(schema.get("properties", {}))
    for part in (*schema.get("oneOf", []), *schema.get("anyOf", []), *schema.get("allOf", [])):
        names |= set(_fields(part, document) or [])
    return sorted(names) or None


def resolved(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        at: Any = document
        for word in node["$ref"].removeprefix("#/").split("/"):
            at = at[word]
        node = at
    return node


def _plain_schema(node: Any) -> Any:
    """OpenAPI 3.0's dialect in the words of JSON Schema: ``nullable`` becomes a choice, prose is left out."""
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        plain: dict[str, Any] = {"$ref": f"{ROOT}#/schemas/{node['$ref'].rsplit('/', 1)[1]}"}
    else:
        plain = {word: node[word] for word in PLAIN if word in node}
        plain |= {word: {k: _plain_schema(v) for k, v in node[word].items()} for word in MAPS if word in node}
        plain |= {word: [_plain_schema(part) for part in node[word]] for word in LISTS if word in node}
        plain |= {word: _plain_schema(node[word]) for word in SINGLES if word in node}
        if "additionalProperties" in node:
            plain["additionalProperties"] = _plain_schema(node["additionalProperties"])
    return {"anyOf": [{"type": "null"}, plain]} if node.get("nullable") else plain


def _named(node: Any) -> set[str]:
    return set(re.findall(rf'"\$ref":"{ROOT}#/schemas/([^"]+)"', msgspec.json.encode(node).decode()))


def _typed(text: str, schema: dict[str, Any]) -> Any:
    """A query parameter is text; the description speaks of numbers and truth values."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text.lower() in ("true", "false", "1", "0"):
        return text.lower() in ("true", "1")
    return text.split(",") if kind == "array" else text
