"""Answering wrongly at the level of HTTP: statuses, dropped and hung connections, trickled and spoilt bodies."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

from aiohttp import web

from campaigns.gateway.simulator.chaos import Body, Drop, Hang, HttpStatus, Trickle
from campaigns.gateway.simulator.mischief import Mischief

HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
JSON_TYPE = "application/json"
OVERSIZED = 2 * 1024 * 1024
RESET = struct.pack("ii", 1, 0)  # linger for no time: the close is a reset


def json_response(answer: object, status: int = 200) -> web.Response:
    body = json.dumps(answer, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, content_type=JSON_TYPE)


async def misbehave(request: web.Request, mischief: Mischief, calls: str, when: str) -> web.StreamResponse | None:
    """The wrong answer if a fault strikes now; None if all may go on."""
    if status := mischief.strike("http_status", calls, when):
        return status_response(status)
    if drop := mischief.strike("drop", calls, when):
        return dropped(request, drop)
    if hang := mischief.strike("hang", calls, when):
        return await hung(request, hang)
    return None


def status_response(fault: HttpStatus) -> web.Response:
    usual = {429: "json", 502: "html", 503: "plain"}
    kind = fault.body or usual.get(fault.status, "json" if 400 <= fault.status < 500 else "empty")
    headers = {}
    if fault.retry_after is not None:
        headers["Retry-After"] = f"{fault.retry_after:g}"
    if 300 <= fault.status < 400:
        headers["Location"] = "/moved"
    if kind == "json":
        answer = json.dumps({"status_code": fault.status, "status_desc": "Try again later"})
        return web.Response(text=answer, status=fault.status, headers=headers, content_type=JSON_TYPE)
    if kind == "html":
        return web.Response(text=HTML, status=fault.status, headers=headers, content_type="text/html")
    text = "Service unavailable\n" if kind == "plain" else ""
    return web.Response(text=text, status=fault.status, headers=headers)


def dropped(request: web.Request, fault: Drop) -> web.Response:
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        if fault.reset and raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.close()
    return web.Response()  # goes nowhere


async def hung(request: web.Request, fault: Hang) -> web.Response:
    await asyncio.sleep(fault.seconds)
    return dropped(request, Drop())


async def answered(request: web.Request, mischief: Mischief, calls: str, answer: object) -> web.StreamResponse:
    """The right answer, spoilt or trickled where such a fault strikes."""
    right = json_response(answer)
    if spoilt := mischief.strike("body", calls):
        return spoilt_response(spoilt, right)
    if trickle := mischief.strike("trickle", calls):
        return await trickled(request, trickle, right)
    return right


def spoilt_response(fault: Body, right: web.Response) -> web.Response:
    assert isinstance(right.body, bytes)
    if fault.kind == "html":
        return web.Response(text=HTML, content_type="text/html")
    if fault.kind == "plain":
        return web.Response(text="Success\n")
    if fault.kind == "cut_short":
        return web.Response(body=right.body[: len(right.body) // 2], content_type=JSON_TYPE)
    if fault.kind == "oversized":
        return web.Response(body=right.body[:-1] + b" " * OVERSIZED + right.body[-1:], content_type=JSON_TYPE)
    return web.Response(body=b"", content_type=JSON_TYPE)


async def trickled(request: web.Request, fault: Trickle, right: web.Response) -> web.Response:
    """Written past the server, which would send the head in one piece."""
    assert isinstance(right.body, bytes)
    lines = ("HTTP/1.1 200 OK", f"Content-Type: {JSON_TYPE}", f"Content-Length: {len(right.body)}", "Connection: close")
    head = "\r\n".join((*lines, "", "")).encode()
    at_once = head if fault.part == "body" else b""
    transport = request.transport
    if transport is None:
        return web.Response()
    assert isinstance(transport, asyncio.WriteTransport)
    transport.write(at_once)
    for byte in (head + right.body)[len(at_once) :]:
        if transport.is_closing():
            break
        transport.write(bytes([byte]))
        await asyncio.sleep(fault.seconds)
    return dropped(request, Drop())
