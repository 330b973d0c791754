"""Code for each call: by curl, and by the clients of clients/, in whose own names it is written."""

from __future__ import annotations

import re
from typing import Any

from qsms_portal.scripting.described import Call
from qsms_portal.scripting.literals import JSON, NOTATIONS, literal

LANGUAGES = {"curl": "curl", "python": "Python", "node": "Node.js", "php": "PHP", "ruby": "Ruby", "go": "Go"}

# How a program begins that goes on with a sample.
BEGINNINGS = {
    "curl": 'KEY="YOUR_API_KEY"',
    "python": 'from qsms import Client\n\nclient = Client("{address}", "YOUR_API_KEY", sender="YOUR_SENDER_ID")',
    "node": (
        'import {{ Client }} from "./qsms.mjs";\n\n'
        'const client = new Client("{address}", "YOUR_API_KEY", {{ sender: "YOUR_SENDER_ID" }});'
    ),
    "php": (
        "<?php\nrequire 'Qsms.php';\n\n"
        "$client = new Qsms\\Client('{address}', 'YOUR_API_KEY', sender: 'YOUR_SENDER_ID');"
    ),
    "ruby": (
        'require_relative "qsms"\n\nclient = Qsms::Client.new("{address}", "YOUR_API_KEY", sender: "YOUR_SENDER_ID")'
    ),
    "go": (
        'import (\n\t"context"\n\t"fmt"\n\n\t"qsms"\n)\n\nctx := context.Background()\n'
        'client := qsms.New("{address}", "YOUR_API_KEY")\nclient.Sender = "YOUR_SENDER_ID"'
    ),
}
# Whether a callback is the portal's: `body` are its bytes, `header` is its QSMS-Signature.
VERIFYING = {
    "curl": '# v1 of QSMS-Signature, whose t is $T\nprintf "%s.%s" "$T" "$BODY" | openssl dgst -sha256 -hmac "$SECRET"',
    "python": "from qsms import verify_signature\n\nverify_signature(header, body, secret)",
    "node": 'import { verifySignature } from "./qsms.mjs";\n\nverifySignature(header, body, secret);',
    "php": "Qsms\\verifySignature($header, $body, $secret);",
    "ruby": "Qsms.verify_signature(header, body, secret)",
    "go": "qsms.VerifySignature(header, body, secret, 5*time.Minute, time.Now())",
}


def beginning(language: str, address: str) -> str:
    return BEGINNINGS[language].format(address=address)


def sample(call: Call, language: str, address: str) -> str:
    """The code of one call. `address` is the portal's, which only curl names anew."""
    if language == "curl":
        return _curl(call, address)
    own = _OWN.get((call.method, call.path))
    before, after = _SAYING[language]
    if own is None and language == "go":
        # It reads the answer into what it is given.
        before = "var answer any\nerr := "
    return before + (own or _plain)(call, language) + after


# What stands around a call, so that what it answers is seen.
_SAYING = {
    "python": ("print(", ")"),
    "node": ("console.log(", ");"),
    "php": ("print_r(", ");"),
    "ruby": ("p ", ""),
    "go": ("answer, err := ", '\nfmt.Printf("%+v %v\\n", answer, err)'),
}


def _curl(call: Call, address: str) -> str:
    url = address + call.address
    lines = [f"curl {_shell_quoted(url) if '?' in url or '%' in url else url}"]
    if call.method not in ("GET", "POST"):
        lines[0] += f" -X {call.method}"
    elif call.method == "POST" and call.body is None:
        lines[0] += " -X POST"
    lines.append('-H "Authorization: Bearer $KEY"')
    if call.body is not None:
        body = call.body
        if call.path == "/v1/campaigns":
            body = {**body, "launch": True}
        if "api_key" in body:
            body = {name: value for name, value in body.items() if name != "api_key"}
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d {_shell_quoted(literal(body, JSON))}")
    return " \\\n  ".join(lines)


# Letters that the beginning of a call takes, such as `print(client.call("POST", "/v1/...", `.
CALLED = 40


def _shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _value(value: Any, language: str) -> str:
    return literal(value, NOTATIONS[language], before=CALLED)


def _plain(call: Call, language: str) -> str:
    """By the client's method that makes any call."""
    quote = NOTATIONS[language].quote
    given = [quote(call.method), quote(call.address)]
    if call.body is not None:
        given.append(_value(call.body, language))
    if language == "go":
        given += ["&answer"] if call.body is not None else ["nil", "&answer"]
    return _method(language, "call", given)


def _method(language: str, name: str, given: list[str]) -> str:
    words = name.split("_")
    camel = words[0] + "".join(word.title() for word in words[1:])
    inside = ", ".join(given)
    if language == "python":
        return f"client.{name}({inside})"
    if language == "ruby":
        return f"client.{name}({inside})" if inside else f"client.{name}"
    if language == "node":
        return f"await client.{camel}({inside})"
    if language == "php":
        return f"$client->{camel}({inside})"
    return f"client.{camel[0].upper()}{camel[1:]}({', '.join(['ctx', *given])})"


def _send_one(call: Call, language: str) -> str:
    quote, body = NOTATIONS[language].quote, call.body
    mobile, message, ref = quote(body["mobile"]), quote(body["message"]), quote("001A")
    last = {
        "python": f"client_ref={ref}",
        "node": f"{{ clientRef: {ref} }}",
        "php": f"clientRef: {ref}",
        "ruby": f"client_ref: {ref}",
    }
    if language == "go":
        return _method(language, "send_one", [f"qsms.Text{{Mobile: {mobile}, Message: {message}, ClientRef: {ref}}}"])
    return _method(language, "send_one", [mobile, message, last[language]])


def _send_many(call: Call, language: str) -> str:
    texts = call.body["messages"]
    if language == "node":
        texts = [{("clientRef" if name == "client_ref" else name): one[name] for name in one} for one in texts]
    written = _value(texts, language)
    if language == "go":
        written = re.sub(r"^\[\]any", "[]qsms.Text", written).replace("map[string]any", "")
        for name, own in (("mobile", "Mobile"), ("message", "Message"), ("client_ref", "ClientRef")):
            written = written.replace(f'"{name}": ', f"{own}: ")
    return _method(language, "send_many", [written])


def _add_contacts(call: Call, language: str) -> str:
    contacts = _value(call.body["contacts"], language)
    if language == "go":
        contacts = re.sub(r"^\[\]any", "[]map[string]any", contacts)
    return _method(language, "add_contacts", [NOTATIONS[language].quote(call.body["group"]), contacts])


def _launch(call: Call, language: str) -> str:
    known = ("name", "group", "text", "kind")
    body, quote, indent = call.body, NOTATIONS[language].quote, NOTATIONS[language].indent
    others = {name: value for name, value in body.items() if name not in known}
    if language == "node":
        return _method(language, "launch_campaign", [_value(body, language)])
    if language == "go":
        lines = [f"\tName: {quote(body['name'])}, Group: {quote(body['group'])}, Kind: {quote(body['kind'])},"]
        lines += [f"\tText: {quote(body['text'])},", f"\tOptions: {literal(others, NOTATIONS[language], 1)},"]
        return _method(language, "launch_campaign", ["qsms.Campaign{\n" + "\n".join(lines) + "\n}"])
    sign = "=" if language == "python" else ": "
    given = [quote(body["name"])] + [f"{name}{sign}{quote(body[name])}" for name in known[1:]]
    if language == "php":
        given.append(f"options: {_value(others, language)}")
    else:
        given += [f"{name}{sign}{_value(value, language)}" for name, value in others.items()]
    inside = "\n" + ",\n".join(indent + one for one in given) + "\n"
    return _method(language, "launch_campaign", [inside])


def _with_id(name: str) -> Any:
    def made(call: Call, language: str) -> str:
        pk = call.parameters[0].example
        # The id of a text is one that came as an answer: a text.
        return _method(language, name, [NOTATIONS[language].quote(pk) if name == "message_status" else pk])

    return made


_OWN = {
    ("POST", "/api/sms/sendsms"): _send_one,
    ("POST", "/api/sms/sendmultiple"): _send_many,
    ("POST", "/v1/contacts"): _add_contacts,
    ("POST", "/v1/campaigns"): _launch,
    ("GET", "/v1/campaigns/{pk}"): _with_id("campaign_status"),
    ("GET", "/v1/messages/{pk}"): _with_id("message_status"),
    ("GET", "/v1/balance"): lambda _call, language: _method(language, "balance", []),
}
