"""Discord's own OpenAPI description as a judge of the bot's requests and of our answers.

The description is not part of this project; its path comes from outside.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs

from playground.rules.fields import is_object
from playground.wire import ErrorTree, Json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PREFIX = "#/components/schemas/"
_SNOWFLAKE: Json = {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$", "minimum": 0}
_CODES = {
    "required": "BASE_TYPE_REQUIRED",
    "minLength": "BASE_TYPE_BAD_LENGTH",
    "maxLength": "BASE_TYPE_BAD_LENGTH",
    "minItems": "BASE_TYPE_BAD_LENGTH",
    "maxItems": "BASE_TYPE_BAD_LENGTH",
    "enum": "BASE_TYPE_CHOICES",
    "minimum": "NUMBER_TYPE_MIN",
    "maximum": "NUMBER_TYPE_MAX",
}


@cache
def load(path: Path) -> OpenApi:
    """The description at a path, read and compiled once however many playgrounds there are."""
    return OpenApi(path)


class OpenApi:
    """Validators by route and direction, compiled when first needed."""

    def __init__(self, path: Path) -> None:
        document: Json = json.loads(path.read_bytes())
        self._paths: Json = document["paths"]
        self._schemas = _Schemas(document["components"]["schemas"])
        self._validators: dict[str, jsonschema_rs.Draft202012Validator | None] = {}

    def knows(self, route: str) -> bool:
        """Whether the description has a route ("GET /users/@me")."""
        return self._operation(route) is not None

    def check_request(self, route: str, data: Any) -> None:
        """Refuse a body that the description does not allow."""
        if data is None:
            return
        validator = self._validator(f"request {route}", self._request_schema, route)
        if validator is None or validator.is_valid(data):
            return
        errors = ErrorTree()
        for path, code, message in _faults(validator, data):
            errors.add(path, code, message)
        errors.raise_if_any()

    def faults_of_answer(self, route: str, status: int, data: Any) -> list[str]:
        """What the description finds wrong with an answer of ours."""

        def schema(route: str) -> Json | None:
            return self._answer_schema(route, status)

        validator = self._validator(f"{status} {route}", schema, route)
        if validator is None:
            return [f"{route} is not described with an answer {status}"]
        return [f"{'.'.join(map(str, p))}: {message}" for p, _, message in _faults(validator, data)]

    def _validator(
        self, key: str, find: Any, route: str
    ) -> jsonschema_rs.Draft202012Validator | None:
        if key not in self._validators:
            schema = find(route)
            closed = None if schema is None else self._schemas.closed(schema)
            compiled = None if closed is None else jsonschema_rs.Draft202012Validator(closed)
            self._validators[key] = compiled
        return self._validators[key]

    def _operation(self, route: str) -> Json | None:
        method, path = route.split(" ", 1)
        return self._paths.get(path, {}).get(method.lower())

    def _request_schema(self, route: str) -> Json | None:
        operation = self._operation(route) or {}
        content = operation.get("requestBody", {}).get("content", {})
        schema: Json | None = content.get("application/json", {}).get("schema")
        if schema is not None and route.startswith("POST /webhooks/"):
            # The description also allows the edit's body here, which would hide faults.
            return schema["anyOf"][0]
        return schema

    def _answer_schema(self, route: str, status: int) -> Json | None:
        answers: Json = (self._operation(route) or {}).get("responses", {})
        content = answers.get(str(status), {}).get("content", {})
        return content.get("application/json", {}).get("schema")


class _Schemas:
    """The description's schemas, sharpened: a union is decided by `type` before it is checked,
    so that a fault is named where it is; ids may come as numbers, as libraries send them."""

    def __init__(self, schemas: dict[str, Json]) -> None:
        self._raw = schemas
        self._sharp: dict[str, Json] = {"SnowflakeType": _SNOWFLAKE}
        # The description knows replies only; forwards have been documented since 2024.
        self._sharp["MessageReferenceType"] = {"enum": [0, 1]}
        # It does not know media channels (16), which libraries send with forums.
        known = [channel_type["const"] for channel_type in schemas["ChannelTypes"]["oneOf"]]
        self._sharp["ChannelTypes"] = {"enum": [*known, 16]}
        for kind in ("Integer", "Number", "String"):
            # Which of the three it is depends on the option, which our own rules look at.
            self._sharp[f"InteractionApplicationCommandAutocompleteCallback{kind}Data"] = {}

    def closed(self, schema: Json) -> Json:
        """A schema together with all that it refers to."""
        root = self._sharpen(schema)
        needed: dict[str, Json] = {}
        waiting = list(_references(root))
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self._named(name)
                waiting.extend(_references(needed[name]))
        return {"$defs": needed, **_rebased(root)} if needed else root

    def _named(self, name: str) -> Json:
        if name not in self._sharp:
            self._sharp[name] = self._sharpen(self._raw[name])
        return _rebased(self._sharp[name])

    def _sharpen(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._sharpen(item) for item in cast("list[Any]", node)]
        if not is_object(node):
            return node
        sharp: Json = {key: self._sharpen(value) for key, value in node.items()}
        permissions = sharp.get("properties", {}).get("default_member_permissions")
        if permissions is not None and "integer" in permissions.get("type", ()):
            permissions["type"] = ["integer", "string", "null"]
        for union in ("oneOf", "anyOf"):
            decided = self._decided(node.get(union))
            if decided is not None:
                del sharp[union]
                sharp.update(decided)
        return sharp

    def _decided(self, alternatives: list[Json] | None) -> Json | None:
        """A union rewritten as a choice by null or by `type`; None where that cannot be done."""
        if alternatives is None:
            return None
        others = [a for a in alternatives if a != {"type": "null"}]
        nullable = len(others) < len(alternatives)
        if len(others) == 1:
            choice: Json = self._sharpen(others[0])
        else:
            types = [self._types_of(a) for a in others]
            if not all(types):
                return None
            choice = _by_type(
                [(t or [], self._sharpen(a)) for t, a in zip(types, others, strict=True)]
            )
        return {"if": {"type": "null"}, "else": choice} if nullable else choice

    def _types_of(self, alternative: Json) -> list[int] | None:
        reference: str | None = alternative.get("$ref")
        if reference is None:
            return None
        schema = self._raw[reference.removeprefix(_PREFIX)]
        return schema.get("properties", {}).get("type", {}).get("enum")


def _by_type(alternatives: list[tuple[list[int], Json]]) -> Json:
    known = sorted({number for types, _ in alternatives for number in types})
    cases = [
        {"if": {"properties": {"type": {"enum": types}}}, "then": schema}
        for types, schema in alternatives
    ]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": known}},
        "allOf": cases,
    }


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in cast("list[Any]", node):
            yield from _references(item)
    elif is_object(node):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rsplit("/", 1)[1]
        for value in node.values():
            yield from _references(value)


def _rebased(node: Any) -> Any:
    if isinstance(node, list):
        return [_rebased(item) for item in cast("list[Any]", node)]
    if not is_object(node):
        return node
    rebased = {key: _rebased(value) for key, value in node.items()}
    reference = rebased.get("$ref")
    if isinstance(reference, str):
        rebased["$ref"] = reference.replace(_PREFIX, "#/$defs/")
    return rebased


def _faults(
    validator: jsonschema_rs.Draft202012Validator, data: Any
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for error in validator.iter_errors(data):
        path = tuple(error.instance_path)
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
            path = (*path, str(error.kind.property))
        code = _CODES.get(str(error.schema_path[-1]), "OPENAPI")
        yield path, code, error.message[-200:]
