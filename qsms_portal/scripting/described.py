"""The calls of the API, read out of its OpenAPI document: what each takes and answers, with an example of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from qsms_portal.api_description import REFUSALS, example_of
from qsms_portal.scripting.literals import JSON, literal

Described = dict[str, Any]
# What an answer says is told once, at the bottom of the page, where it is the same for every call.
COMMON = {
    code: {"error": {"code": name, "message": message, "fields": fields}}
    for code, (name, message, fields) in REFUSALS.items()
}
LONGEST_EXAMPLE = 1_000


@dataclass(frozen=True)
class Parameter:
    """Of an address or a body. `type` says in words what it may be."""

    name: str
    type: str
    is_needed: bool
    description: str = ""
    example: str = ""
    is_in_address: bool = False


@dataclass(frozen=True)
class Answer:
    """`example` is JSON, empty where there is none; `like` names the call that shows the same answer."""

    status: int
    example: str = ""
    like: Call | None = None
    phrase: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "phrase", HTTPStatus(self.status).phrase)


@dataclass(frozen=True)
class Call:
    """One call; `body` is the example of its body, None where it has none."""

    method: str
    path: str
    title: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    fields: tuple[Parameter, ...] = ()
    answers: tuple[Answer, ...] = ()
    refusals: tuple[int, ...] = ()

    @property
    def anchor(self) -> str:
        return re.sub(r"\W+", "-", f"{self.method}{self.path}").strip("-").lower()

    @property
    def words(self) -> list[tuple[str, bool]]:
        """The description in pieces, each with whether it is code, which stands between backticks."""
        return [(piece, place % 2 == 1) for place, piece in enumerate(self.description.split("`")) if piece]

    @property
    def body_example(self) -> str:
        return "" if self.body is None else literal(self.body, JSON)

    @property
    def address(self) -> str:
        """The path with an example in each place, and what of the query has one."""
        path = self.path
        for one in self.parameters:
            if one.is_in_address:
                path = path.replace(f"{{{one.name}}}", one.example)
        query = [f"{one.name}={one.example}" for one in self.parameters if not one.is_in_address and one.example]
        return path + ("?" + "&".join(query) if query else "")


def calls_of(document: Described) -> list[Call]:
    """All calls of `/v1/` in the order of the document."""
    schemas = document["components"]["schemas"]
    shown: dict[str, Call] = {}
    calls = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            call = _call(method.upper(), path, operation, schemas, shown)
            calls.append(call)
            for answer in call.answers:
                if answer.example:
                    shown.setdefault(answer.example, call)
    return calls


def _call(method: str, path: str, operation: Described, schemas: Described, shown: dict[str, Call]) -> Call:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    answers, refusals = [], []
    for code, told in sorted(operation["responses"].items(), key=lambda one: int(one[0])):
        status = int(code)
        example = told.get("content", {}).get("application/json", {}).get("example")
        if COMMON.get(status) == example and example is not None:
            refusals.append(status)
            continue
        written = "" if example is None else literal(example, JSON)
        # What is short is quicker read than looked for.
        like = shown.get(written) if len(written) > LONGEST_EXAMPLE / 4 else None
        answers.append(Answer(status, "" if like else written, like))
    return Call(
        method=method,
        path=path,
        title=operation["summary"].capitalize(),
        description=operation.get("description", ""),
        parameters=tuple(_parameter(one, schemas) for one in operation.get("parameters", ())),
        body=content and content["example"],
        fields=_fields(content["schema"], schemas) if content else (),
        answers=tuple(answers),
        refusals=tuple(refusals),
    )


def _parameter(told: Described, schemas: Described) -> Parameter:
    schema, is_in_address = told["schema"], told["in"] == "path"
    example = told.get("example")
    if example is None and is_in_address:
        example = example_of(schema, schemas)
    return Parameter(
        told["name"], _type(schema, schemas), told.get("required", False), told.get("description", ""),
        "" if example is None else str(example), is_in_address,
    )  # fmt: skip


def _fields(schema: Described, schemas: Described) -> tuple[Parameter, ...]:
    schema = _resolved(schema, schemas)
    needed = schema.get("required", ())
    return tuple(
        Parameter(name, _type(one, schemas), name in needed, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    )


def _resolved(schema: Described, schemas: Described) -> Described:
    if "anyOf" in schema:
        schema = {**schema["anyOf"][0], "description": schema.get("description", "")}
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _type(schema: Described, schemas: Described) -> str:
    """In words: `text, at most 120 characters`, `one of all, promotional`, `list of objects`."""
    own = _resolved(schema, schemas)
    if "enum" in own or "const" in own:
        words = "one of " + ", ".join(str(one) for one in own.get("enum", [own.get("const")]))
    elif own.get("type") == "array":
        words = f"list of {_plural(own.get('items', {}), schemas)}"
    else:
        words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(
            own.get("type", ""), "object"
        )
    if own.get("format") == "date-time":
        words = "time, ISO 8601"
    if "maxLength" in own:
        words += f", at most {own['maxLength']:,} characters"
    if "maximum" in own:
        words += f", {own.get('minimum', 0):,} to {own['maximum']:,}"
    default = schema.get("default")
    if default not in (None, "", [], {}):
        words += f"; {literal(default, JSON)} where it is not sent"
    return words


def _plural(items: Described, schemas: Described) -> str:
    words = _type(items, schemas)
    return words if words.startswith("one of") else {"text": "texts", "object": "objects"}.get(words, words + "s")
