"""Texts kept for use in campaigns, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Annotated, Any, Literal

from django.db import IntegrityError, transaction
from django.http import JsonResponse
from ninja import Body, Field, Query, Router, Schema

from accounts.answers import Page
from accounts.api import ApiError, decode_cursor, encode_cursor, idempotent, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns import gsm, placeholders
from campaigns.api import answers
from campaigns.models import MessageTemplate
from campaigns.writing.templates import Fields, fields_by_group, fields_of_all_groups, fits_of, save_template
from lib.names import SentName

router = Router()

MOST = 1_000


class TemplateBody(Schema, extra="forbid"):
    name: Annotated[SentName, Field(min_length=1, max_length=100, examples=["Loan due"])]
    text: Annotated[str, Field(min_length=1, max_length=placeholders.LONGEST_TEXT, examples=[answers.TEMPLATE])]
    language: Literal["en", "sw"] = "en"


@router.post("/templates", response={201: answers.Template})
@idempotent
def create_template(request: ApiRequest, body: Body[TemplateBody]) -> JsonResponse:
    """Keep a text. Only what cannot be read is refused; what is likely wrong is among the warnings."""
    key = require(request, Role.COMPOSER)
    try:
        placeholders.compile(body.text)
    except placeholders.PlaceholderError as error:
        raise _unreadable(error) from error
    template = MessageTemplate(name=body.name, text=body.text, language=body.language)
    try:
        with transaction.atomic():
            save_template(template, None, api_key=key)
    except IntegrityError as error:
        raise ApiError(409, "state", f"There is a template “{template.name}” already.") from error
    return JsonResponse(_described(template, fields_by_group()), status=201)


@router.get("/templates", response=Page[answers.Template])
def list_templates(request: ApiRequest, cursor: str = "", limit: int = Query(100, ge=1, le=MOST)) -> JsonResponse:
    """The templates that are not archived, newest first."""
    require(request, Role.VIEWER)
    templates = MessageTemplate.objects.filter(archived_at=None).order_by("-pk")
    if cursor:
        templates = templates.filter(pk__lt=decode_cursor(cursor))
    page = list(templates[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    fields = fields_by_group()
    return JsonResponse({"results": [_described(one, fields) for one in page[:limit]], "next": following})


@router.get("/templates/{pk}", response=answers.Template)
def get_template(request: ApiRequest, pk: int) -> JsonResponse:
    """One template, with what is likely wrong in it."""
    require(request, Role.VIEWER)
    template = MessageTemplate.objects.filter(pk=pk).first() if pk < 1 << 63 else None
    if template is None:
        raise ApiError(404, "not_found", f"There is no template {pk}.")
    return JsonResponse(_described(template, fields_by_group()))


def _described(template: MessageTemplate, fields: Fields) -> dict[str, Any]:
    """`parts` are those of the text as it is written, each field as long as its name."""
    every_field = fields_of_all_groups(fields)
    known = placeholders.written_by_name(every_field)
    names = placeholders.compile(template.text).names
    return {
        "id": template.pk,
        "name": template.name,
        "text": template.text,
        "language": template.language,
        "placeholders": [known.get(name, name) for name in names],
        "parts": gsm.part_count(template.text),
        "fits": [fit.group for fit in fits_of(template.text, fields) if fit],
        "warnings": [
            {"code": one.code, "position": one.position, "message": one.words, "suggestion": one.suggestion}
            for one in placeholders.lint(template.text, {"": every_field})
        ],
    }


def _unreadable(error: placeholders.PlaceholderError) -> ApiError:
    fields = {
        "text": f"{error.words} (at {error.position})",
        "code": error.code,
        "position": error.position,
        "suggestion": error.suggestion,
    }
    return ApiError(422, "invalid", error.words, fields)
