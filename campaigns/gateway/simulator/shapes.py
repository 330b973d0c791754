"""The answers to a sending call in each of the shapes that platforms of this kind have been seen to give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.gateway.vendor_codes import SUCCESS, words


@dataclass(frozen=True, slots=True)
class Answered:
    """What is to be said of one text; a refused one has no id."""

    code: int
    message_id: int | str
    mobile: str
    client_ref: str
    cost: float


def refusal(code: int) -> dict[str, Any]:
    return {"status_code": code, "status_desc": words(code)}


def scheduled(item: Answered) -> dict[str, Any]:
    """As `sendmultiple` of the siblings has it."""
    taken = item.code == SUCCESS
    return {
        "message_id": item.message_id if taken else "0",
        "schedule_status": "1" if taken else str(item.code),
        "schedule_desc": "Message scheduled successfully" if taken else words(item.code),
        "mobile": item.mobile,
        "message_cost": item.cost if taken else 0,
        "client_ref": item.client_ref,
    }


def single(item: Answered, balance: float, code_type: type = str) -> dict[str, Any]:
    """As the vendor's page has it for `sendsms`; a refused one as siblings answer it."""
    if item.code != SUCCESS:
        blank = {"network_id": "", "message_cost": "", "credit_balance": ""}
        said = {"status_code": code_type(item.code), "status_desc": words(item.code)}
        return {**said, "message_id": "0", "mobile_number": item.mobile, **blank}
    return {
        "status_code": code_type(item.code),
        "status_desc": words(item.code),
        "message_id": item.message_id,
        "mobile_number": item.mobile,
        "network_id": "1",
        "message_cost": item.cost,
        "credit_balance": balance,
    }


def in_words(value: Any) -> Any:
    """The same with every number as a string."""
    if isinstance(value, dict):
        return {key: in_words(each) for key, each in value.items()}
    if isinstance(value, list):
        return [in_words(each) for each in value]
    return str(value)


def answer_to_one(item: Answered, balance: float, shape: str) -> Any:
    answer = single(item, balance)
    if shape == "list":
        return [answer]
    if shape == "strings":
        return in_words(answer)
    if shape == "empty_strings":
        return {**answer, "message_cost": "", "credit_balance": "", "network_id": ""}
    if shape in {"missing_keys", "position_only"}:
        return {key: answer[key] for key in ("status_code", "message_id")}
    return answer


def answer_to_many(items: Sequence[Answered], balance: float, shape: str) -> Any:
    if shape == "list":
        return [{**single(item, balance), "client_ref": item.client_ref} for item in items]
    answer: dict[str, Any] = {"status_code": SUCCESS, "status_desc": words(SUCCESS)}
    if shape in {"messages", "responses", "data"}:
        return {**answer, shape: [{**single(item, balance, int), "client_ref": item.client_ref} for item in items]}
    if shape == "no_items":
        return answer
    details = [scheduled(item) for item in items]
    if shape == "strings":
        return in_words({**answer, "schedule_details": details, "credit_balance": balance})
    if shape == "missing_keys":
        return {"schedule_details": leave_out(details, "message_cost", "schedule_desc")}
    return {**answer, "schedule_details": reshaped(details, shape), "credit_balance": balance}


def reshaped(details: list[dict[str, Any]], shape: str) -> list[dict[str, Any]]:
    if shape == "no_client_ref":
        return leave_out(details, "client_ref")
    if shape == "position_only":
        return leave_out(details, "client_ref", "mobile")
    if shape == "reversed":
        return details[::-1]
    if shape == "missing_items":
        return [detail for place, detail in enumerate(details) if place % 3]
    if shape == "empty_strings":
        return [{**detail, "message_cost": "", "schedule_desc": ""} for detail in details]
    return details


def leave_out(details: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in detail.items() if key not in keys} for detail in details]
