"""The portal's addresses, and beside them a view that does nothing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
@login_not_required
def nothing(request: HttpRequest) -> HttpResponse:
    """What any view has to do at least: take the body and answer."""
    return HttpResponse(f"OK;{len(request.body)}", content_type="text/plain")


urlpatterns = [path("nothing", nothing), path("", include("qsms_portal.urls"))]
