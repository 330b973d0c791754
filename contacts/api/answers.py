"""Groups, contacts, segments and opt-outs as the API tells them."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from accounts.answers import Answer, Phone, one_of
from contacts.models import ContactField, OptOut

CONDITION = {"field": "balance", "op": ">", "value": "1000"}


class GroupField(Answer):
    name: str = Field(description="Its placeholder, and its key in contacts.", examples=["balance"])
    label: str = Field(examples=["Balance"])
    type: str = Field(examples=["money"], json_schema_extra=one_of(ContactField.Type.values))


class Group(Answer):
    name: str = Field(examples=["loan_clients"])
    contacts: int = Field(examples=[1204])
    fields: list[GroupField]
    key: str | None = Field(description="The field that tells rows of one number apart.", examples=["loan_no"])


class Rejected(Answer):
    index: int = Field(description="In `contacts`, from 0.", examples=[2])
    phone: str = Field(description="As it was sent.", examples=["020 234 567"])
    error: str = Field(examples=["not a mobile number"])


class ContactsAdded(Answer):
    group: str = Field(examples=["loan_clients"])
    created: int = Field(examples=[2])
    updated: int = Field(examples=[1])
    unchanged: int = Field(examples=[0])
    duplicates: int = Field(description="Earlier ones with the same number (and key) that lost.", examples=[0])
    rejected: list[Rejected]


class Contact(Schema, extra="allow"):
    """And the group's fields, by their names: canonical strings. What is missing has no key."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "phone": "+254712345678",
                    "name": "Jane Wanjiru",
                    "group": "loan_clients",
                    "opted_out": False,
                    "balance": "5000.00",
                    "due_date": "2026-12-18",
                }
            ]
        }
    }
    phone: Phone
    name: str
    group: str
    opted_out: bool
    reference: str | None = Field(
        None, description="Of a group with a key: its value as rows are told apart by, without blanks and case."
    )
    not_updated: list[str] = Field([], description="Fields whose last value could not be read.")


class Segment(Answer):
    name: str = Field(examples=["Owes more than 1,000"])
    groups: list[str] = Field(examples=[["loan_clients"]])
    filter: list[dict[str, Any]] = Field(examples=[[CONDITION]])
    changed_at: datetime = Field(examples=["2026-11-29T09:14:00.123456+00:00"])


class OptedOut(Answer):
    phone: Phone
    scope: str = Field(examples=["all"], json_schema_extra=one_of(OptOut.Scope.values))
    source: str = Field(examples=["api"], json_schema_extra=one_of(OptOut.Source.values))
    reason: str = Field(examples=["Asked at the counter"])
    created_at: datetime = Field(examples=["2026-11-29T09:14:00.123456+00:00"])
