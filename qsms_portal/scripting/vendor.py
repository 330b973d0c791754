"""The vendor's own calls as the portal answers them: what its page has, and the codes that may come."""

from __future__ import annotations

from qsms_portal.scripting.described import Answer, Call, Parameter
from qsms_portal.scripting.literals import JSON, literal

KEY, SENDER = "YOUR_API_KEY", "YOUR_SENDER_ID"

_SENT = {
    "status_code": "1000",
    "status_desc": "Success",
    "message_id": 4711,
    "mobile_number": "254722000000",
    "network_id": "1",
    "message_cost": 1,
    "credit_balance": 10500,
}
_SCHEDULED = {
    "message_id": 4711,
    "schedule_status": "1",
    "schedule_desc": "Success",
    "status_code": "1000",
    "mobile": "254722000000",
    "client_ref": "001A",
    "message_cost": 1,
}
_NOT_SCHEDULED = {
    **_SCHEDULED,
    "message_id": "0",
    "schedule_status": "1003",
    "schedule_desc": "Invalid mobile number",
    "status_code": "1003",
    "mobile": "12",
    "client_ref": "001B",
    "message_cost": 0,
}
_UNKNOWN = {**_SENT, "status_code": "0", "status_desc": "Unknown"}
_KEY_FIELD = Parameter("api_key", "text", False, "The key, where it does not come as Authorization: Bearer KEY.")
_WHEN = Parameter("date_send", "text", False, "2026-12-04 09:00:00 in Nairobi, at most 30 days ahead; empty: now.")
_COMMON = (
    Answer(429, literal({"status_code": "1008", "status_desc": "System error"}, JSON)),
    Answer(503, literal({"status_code": "1005", "status_desc": "Internal system error"}, JSON)),
)

SEND_ONE = Call(
    method="POST",
    path="/api/sms/sendsms",
    title="Send one text",
    description=(
        "As the vendor's page has it. The answer waits up to 20 seconds for what the gateway says of the text. "
        "HTTP 504 with the code 0 says that nobody knows whether it went out: do not send it again, ask for its status."
    ),
    body={
        "api_key": KEY,
        "service_id": 0,
        "mobile": "254722000000",
        "response_type": "json",
        "shortcode": SENDER,
        "message": "this is a test message",
        "date_send": "2025-01-01 16:40:00",
    },
    fields=(
        _KEY_FIELD,
        Parameter("mobile", "text or number", True, "The number, in any form."),
        Parameter("message", "text", True),
        Parameter("shortcode", "text", True, "A sender ID of the portal that may send transactional texts."),
        _WHEN,
        Parameter("client_ref", "text", False, "Your own name for it."),
        Parameter("service_id", "text or number", False, "Kept, and not used."),
        Parameter("response_type", "text", False, "`json`, or left out."),
    ),
    answers=(Answer(200, literal(_SENT, JSON)), *_COMMON, Answer(504, literal(_UNKNOWN, JSON))),
)

SEND_MANY = Call(
    method="POST",
    path="/api/sms/sendmultiple",
    title="Send many texts",
    description=(
        "Up to 1,000 texts in a call, each answered by itself in `schedule_details`. A code that refuses is answered "
        "only where nothing of the text waits; whatever waits is 1000."
    ),
    body={
        "api_key": KEY,
        "serviceId": "0",
        "from": SENDER,
        "date_send": "2025-01-01 17:40:00",
        "messages": [
            {"mobile": "254722000000", "message": "This is a first message", "client_ref": "001A"},
            {"mobile": "254707410000", "message": "This is a second message", "client_ref": "001B"},
        ],
    },
    fields=(
        _KEY_FIELD,
        Parameter("from", "text", True, "A sender ID of the portal that may send transactional texts."),
        Parameter("messages", "list of objects", True, "Each with mobile, message and, as you like, client_ref."),
        _WHEN,
        Parameter("serviceId", "text or number", False, "Kept, and not used."),
    ),
    answers=(
        Answer(
            200,
            literal(
                {"status_code": "1000", "status_desc": "Success", "schedule_details": [_SCHEDULED, _NOT_SCHEDULED]},
                JSON,
            ),
        ),
        *_COMMON,
        Answer(
            504,
            literal(
                {
                    "status_code": "0",
                    "status_desc": "Unknown",
                    "schedule_details": [{**_SCHEDULED, "schedule_status": "0", "status_code": "0"}],
                },
                JSON,
            ),
        ),
    ),
)

CALLS = (SEND_ONE, SEND_MANY)

CODES = (
    ("1000", "Taken. It goes now, or waits: for its date, or while sending is paced, halted or stopped."),
    ("0", "Nobody knows yet whether it went out. Never send it again; ask GET /v1/messages/ID."),
    ("1001", "The sender ID is none of the portal's, or not for transactional texts."),
    ("1003", "The number is none."),
    ("1004", "Too few credits."),
    ("1005", "HTTP 503: nothing was written. Send again after Retry-After seconds."),
    ("1006", "The key is missing or wrong."),
    ("1008", "HTTP 429: the key's rate is reached. Send again after Retry-After seconds."),
    ("1009, 1010", "The request, or a value in it, cannot be read or is not allowed; status_desc says which."),
    ("1011", "The key may not send, or so many at once have to be approved."),
    ("1012", "The number has opted out."),
    ("1015", "Something is missing."),
    ("1016", "The key has sent its number of the day, or its owner has spent the limit of the month."),
)

SCRIPT = """\
import requests
response = requests.post(
"{address}/api/sms/sendsms",
headers={{
"Authorization": "Bearer YOUR_API_KEY",
"Content-Type": "application/json"
}},
json={{
"api_key": "YOUR_API_KEY",
"service_id": 0,
"mobile": "254722XXXX00",
"response_type": "json",
"shortcode": "YOUR_SENDER_ID",
"message": "this is a test message",
"date_send": "2025-01-01 16:40:00"
}}
)
print(response.json())
"""
