"""Calls of the Python client for the tests: a JSON line in, a JSON line out."""

import dataclasses
import json
import sys

import qsms

KINDS = {qsms.Refused: "refused", qsms.Unreachable: "unreachable", qsms.Unanswered: "unanswered"}


def made(asked):
    if asked["op"] == "verify":
        body = asked["body"].encode()
        return qsms.verify_signature(
            asked["header"], body, asked["secret"], tolerance=asked["tolerance"], now=asked["now"]
        )
    told = asked["client"]
    client = qsms.Client(
        told["base_url"], told["api_key"], account_url=told["account_url"], sender=told["sender"],
        read_timeout=told["timeout"], retries=told["retries"],
    )  # fmt: skip
    options = asked.get("options", {})
    match asked["op"]:
        case "send_one":
            return dataclasses.asdict(client.send_one(asked["mobile"], asked["message"], **options))
        case "send_many":
            return [dataclasses.asdict(one) for one in client.send_many(asked["texts"], **options)]
        case "add_contacts":
            return client.add_contacts(asked["group"], asked["contacts"])
        case "launch_campaign":
            campaign = {name: asked[name] for name in ("group", "text", "kind")}
            return client.launch_campaign(asked["name"], **campaign, **options)
        case "call":
            return client.call(asked["method"], asked["path"], asked.get("body"))
        case "balance":
            return client.balance()
        case named:
            return getattr(client, named)(asked["id"])


for line in sys.stdin:
    try:
        said = {"result": made(json.loads(line))}
    except qsms.QsmsError as error:
        told = {"code": error.code, "message": error.message, "fields": error.fields, "status": error.status}
        said = {"error": {"kind": KINDS[type(error)], **told}}
    print(json.dumps(said), flush=True)
