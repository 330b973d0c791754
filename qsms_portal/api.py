"""The REST API: the apps' routers under /v1/, and one shape for every error."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from accounts.api import ApiError, Key, strict_query
from campaigns.api.account import router as account
from campaigns.api.callbacks import router as callbacks
from campaigns.api.campaigns import router as campaigns
from campaigns.api.messages import router as messages
from campaigns.api.preview import router as preview
from campaigns.api.replies import router as replies
from campaigns.api.reports import router as reports
from campaigns.api.templates import router as templates
from campaigns.gateway.loose import storable
from campaigns.gateway.vendor_codes import UNSUPPORTED_DATA
from campaigns.vendor import told
from campaigns.vendor.asked import Refused
from contacts.api.contacts import router as contacts
from contacts.api.opt_outs import router as opt_outs
from contacts.api.segments import router as segments
from lib import room
from qsms_portal.api_description import describe


class BodyParser(Parser):
    """Reads bodies as JSON that the database can keep, without the key that a body may carry (`accounts.api.Key`)."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = storable(super().parse_body(request))
        if isinstance(body, dict):
            body.pop("api_key", None)
        return body


class PortalApi(NinjaAPI):
    """Its description names for every call what it may be refused with."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        described = super().get_openapi_schema(**kwargs)
        describe(described)
        return described


api = PortalApi(
    title="QSMS Portal",
    version="1",
    description="Contacts in, personalised texts out. Send `Authorization: Bearer KEY` with every call.",
    auth=Key(),
    parser=BodyParser(),
    urls_namespace="v1",
    openapi_url="/openapi.json",
    # The page is ours: `qsms_portal.scripting`.
    docs_url=None,
)
api.add_decorator(strict_query, mode="view")
api.add_router("", contacts)
api.add_router("", opt_outs)
api.add_router("", segments)
api.add_router("", preview)
api.add_router("", campaigns)
api.add_router("", account)
api.add_router("", templates)
api.add_router("", messages)
api.add_router("", callbacks)
api.add_router("", reports)
api.add_router("", replies)


@api.exception_handler(ApiError)
def api_error(_request: HttpRequest, error: ApiError) -> HttpResponse:
    return error.response()


@api.exception_handler(ValidationError)
def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {_named(*one["loc"]): one["msg"] for one in error.errors}
    return ApiError(422, "invalid", "Some of what was sent cannot be used.", fields).response()


def _named(source: str, *place: str | int) -> str:
    """A parameter's name; of a body the way to the field in it."""
    return ".".join(map(str, place[1:] if source == "body" else place)) or source


@api.exception_handler(HttpError)
def http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    code = "not_json" if error.status_code == 400 else "invalid"
    message = "The body is no JSON." if error.status_code == 400 else str(error)
    return ApiError(error.status_code, code, message).response()


@api.exception_handler(Http404)
def not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return ApiError(404, "not_found", "There is nothing at this address.").response()


@api.exception_handler(OperationalError)
def unavailable(_request: HttpRequest, error: OperationalError) -> HttpResponse:
    if room.is_full(error):
        return ApiError(507, "disk_full", room.FULL).response()
    response = ApiError(503, "unavailable", "The database does not answer. Try again.").response()
    response["Retry-After"] = "5"
    return response


def not_in_the_api(_request: HttpRequest, **_rest: str) -> JsonResponse:
    """Addresses under /v1/ that there are not: JSON, never a page."""
    return ApiError(404, "not_found", "There is nothing at this address.").response()


def as_the_vendor(response: HttpResponse) -> HttpResponse:
    """Of the gateway's own addresses what Django answers by itself; their views answer in the vendor's shape."""
    if response.get("Content-Type", "").startswith("application/json"):
        return response
    if response.status_code >= 500:
        return told.in_doubt()
    return told.refusal(Refused(UNSUPPORTED_DATA, "The request cannot be read.", status=response.status_code))


class JsonErrors:
    """Middleware: what Django answers by itself under /v1/ (404, 405, 413, 500) in the API's own shape; under /api/ in
    the vendor's.
    """

    SHAPES: dict[int, tuple[str, str]] = {
        400: ("not_json", "The request cannot be read."),
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take this method."),
        413: ("too_large", "A body has at most 16 MB."),
        507: ("disk_full", room.FULL),
        500: ("internal", "Something went wrong here; it has been noted. Nothing was half done."),
    }

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return as_the_vendor(self.get_response(request))
        if not request.path.startswith("/v1/"):
            return self.get_response(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > 16 << 20:
            return ApiError(413, *self.SHAPES[413]).response()
        response = self.get_response(request)
        shape = self.SHAPES.get(response.status_code)
        if shape and not response.get("Content-Type", "").startswith("application/json"):
            shaped = ApiError(response.status_code, *shape).response()
            if "Allow" in response:
                shaped["Allow"] = response["Allow"]
            return shaped
        return response
