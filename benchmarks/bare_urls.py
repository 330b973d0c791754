"""The one address of the bare project."""

import json

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def only_parse(request: HttpRequest) -> HttpResponse:
    """What any view that takes reports has to do at least."""
    report = json.loads(request.body)
    answer = f"OK;{report['messageId']};{report['dlrDesc']};{report['network']}"
    return HttpResponse(answer, content_type="text/plain", headers={"Content-Length": len(answer)})


urlpatterns = [path("dlr/receive", only_parse)]
