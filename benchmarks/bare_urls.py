"""The one address of the bare project."""

import json

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def only_parse(request: HttpRequest) -> HttpResponse:
    report = json.loads(request.body)
    return HttpResponse(f"OK;{report['messageId']};{report['dlrDesc']};", content_type="text/plain")


urlpatterns = [path("dlr/receive", only_parse)]
