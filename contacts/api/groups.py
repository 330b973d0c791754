"""Groups, for scripts."""

# Without postponed annotations: the framework resolves them through `idempotent`, where these names are not known.

from typing import Any

from django.db import IntegrityError, transaction
from django.http import JsonResponse
from ninja import Body, Field, Router, Schema

from accounts.answers import Results
from accounts.api import ApiError, idempotent, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from contacts.api import answers
from contacts.api.fields import FieldBody, make_fields, set_key
from contacts.models import ContactGroup
from contacts.models.group import LONGEST_GROUP_NAME
from contacts.people.groups import make_group, rename_group
from lib.names import SentName

router = Router()


class GroupChange(Schema, extra="forbid"):
    name: SentName = Field("", examples=["loan_clients"])
    fields: list[FieldBody] = Field([], examples=[[{"name": "balance", "label": "Balance", "type": "money"}]])
    key: str | None = Field(
        None,
        description="The field that tells rows of one number apart, as `loan_no`. Null: a number has one row.",
        examples=[None],
    )


class GroupBody(GroupChange):
    name: SentName = Field(examples=["loan_clients"])


@router.post("/groups", response={201: answers.Group})
@idempotent
def create_group(request: ApiRequest, body: Body[GroupBody]) -> JsonResponse:
    """Make a group with its custom fields."""
    require(request, Role.COMPOSER)
    name = checked_name(body.name)
    with transaction.atomic():
        try:
            with transaction.atomic():
                group = make_group(name, api_key=request.auth)
        except IntegrityError as error:
            raise ApiError(409, "state", f"There is a group “{name}” already.") from error
        make_fields(group, body.fields, request.auth)
        set_key(group, body.key, request.auth)
    return JsonResponse(_described(group), status=201)


@router.patch("/groups/{path:name}", response=answers.Group)
def change_group(request: ApiRequest, name: str, body: Body[GroupChange]) -> JsonResponse:
    """Rename a group, or add fields to it and change their labels and types."""
    require(request, Role.COMPOSER)
    group = group_named(name)
    with transaction.atomic():
        if "name" in body.model_fields_set and body.name != group.name:
            if ContactGroup.objects.filter(name=checked_name(body.name)).exists():
                raise ApiError(409, "state", f"There is a group “{body.name}” already.")
            rename_group(group, checked_name(body.name), api_key=request.auth)
        make_fields(group, body.fields, request.auth)
        if "key" in body.model_fields_set:
            set_key(group, body.key, request.auth)
    return JsonResponse(_described(group))


@router.get("/groups", response=Results[answers.Group])
def list_groups(request: ApiRequest) -> JsonResponse:
    """All groups by name, each with its fields."""
    require(request, Role.VIEWER)
    return JsonResponse({"results": [_described(one) for one in ContactGroup.objects.prefetch_related("fields")]})


def _described(group: ContactGroup) -> dict[str, Any]:
    own = list(group.fields.all())
    fields = [{"name": one.name, "label": one.label, "type": one.type} for one in own]
    key = next((one.name for one in own if one.key == group.key), group.key) if group.key else None
    return {"name": group.name, "contacts": group.size, "fields": fields, "key": key}


def group_named(name: str) -> ContactGroup:
    group = ContactGroup.objects.filter(name=name).first()
    if group is None:
        words = f"There is no group “{name}”."
        raise ApiError(404, "not_found", words, {"group": words})
    return group


def checked_name(name: str) -> str:
    if not name or len(name) > LONGEST_GROUP_NAME:
        raise ApiError(
            422, "invalid", f"A group's name has 1 to {LONGEST_GROUP_NAME} characters.", {"name": "required"}
        )
    return name
