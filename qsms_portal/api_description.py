"""The API's OpenAPI document: what each call may be refused with, and whole examples made of the fields' own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

Described = dict[str, Any]

ERROR: Described = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "fields": {"type": "object", "description": "What was wrong, by the name of the field or parameter."},
            },
        }
    },
}
# An example of each refusal: code, message, fields.
REFUSALS: dict[int, tuple[str, str, dict[str, str]]] = {
    400: ("not_json", "The body is no JSON.", {}),
    401: ("unknown_key", "The API key is missing or unknown. Send `Authorization: Bearer KEY`.", {}),
    403: ("forbidden", "This key acts as a viewer; the call needs a composer.", {}),
    404: ("not_found", "There is nothing at this address.", {}),
    409: ("idempotency", "This Idempotency-Key came before with another request.", {}),
    413: ("too_large", "A body has at most 16 MB.", {}),
    422: ("invalid", "Parameters that cannot be used: limt.", {"limt": "This call has no such parameter."}),
    429: ("rate", "This API key may call 60 times a minute. Try again when it is over.", {}),
    503: ("unavailable", "The database does not answer. Try again.", {}),
    507: ("disk_full", "The disk is full.", {}),
}
PARAMETERS = {
    "pk": 12, "name": "loan_clients", "group": "loan_clients", "phone": "0712345678", "from": "2026-11-01",
    "to": "2026-11-30",
}  # fmt: skip


def describe(document: Described) -> None:
    """Complete what the framework makes of the calls, in place. Raises LookupError for a text without an example."""
    schemas = document["components"]["schemas"]
    schemas["Error"] = ERROR
    for calls in document["paths"].values():
        for call in calls.values():
            for parameter in call.get("parameters", ()):
                if parameter["name"] in PARAMETERS:
                    parameter["example"] = PARAMETERS[parameter["name"]]
            bodies = [call["requestBody"]] if "requestBody" in call else []
            for told in (*bodies, *call["responses"].values()):
                for content in told.get("content", {}).values():
                    content["example"] = example_of(content["schema"], schemas)
            call["responses"] |= {code: _refusal(code) for code in REFUSALS}


def example_of(schema: Described, schemas: Described) -> Any:
    """A value of `schema`: its own example, or one that is put together from its fields'."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    for known in ("const", "default"):
        if known in schema:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    if schema["type"] == "object":
        needed = schema.get("required", ())
        # What need not be sent is there where its example says something.
        told = {name: one for name, one in schema["properties"].items() if name in needed or "examples" in one}
        return {name: example_of(one, schemas) for name, one in told.items()}
    if schema["type"] == "array":
        return [example_of(schema["items"], schemas)]
    raise LookupError(f"no example: {schema}")


def _refusal(code: int) -> Described:
    name, message, fields = REFUSALS[code]
    content = {
        "schema": {"$ref": "#/components/schemas/Error"},
        "example": {"error": {"code": name, "message": message, "fields": fields}},
    }
    return {"description": HTTPStatus(code).phrase, "content": {"application/json": content}}
