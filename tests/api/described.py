"""What the API's description promises of an answer, and whether it kept it."""

import json
import re

import jsonschema_rs

from qsms_portal.api import api

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema()))
CALLS = [
    (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)" if "name" in path else r"(?P<\1>[^/]+)", re.escape(path))), path)
    for path in sorted(DOCUMENT["paths"], key=lambda path: path.count("{"))
]


def schema_of(part):
    return {**part, "components": DOCUMENT["components"]}


def fits(schema, body):
    """Raises jsonschema_rs.ValidationError with the place that does not."""
    jsonschema_rs.Draft202012Validator(schema_of(schema), validate_formats=True).validate(body)


def check_answer(method, path, status, body):
    """Fails where the description lacks the status of this answer to `path` (/v1/...), or tells its body otherwise."""
    address = path.partition("?")[0]
    calls = [DOCUMENT["paths"][known] for pattern, known in CALLS if pattern.fullmatch(address)]
    call = next((one[method.lower()] for one in calls if method.lower() in one), None)
    if call is None or status == 405:
        return
    answers = call["responses"]
    assert str(status) in answers, f"{method} {path} answered {status}, which is not described"
    content = answers[str(status)].get("content")
    if content is None:
        assert body is None
    else:
        fits(content["application/json"]["schema"], body)
