"""The administrator's back room at /admin/, behind the portal's own sign-in page."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.roles import Role


class PortalAdmin(AdminSite):
    site_header = "QSMS Portal administration"
    site_title = "QSMS Portal"
    index_title = "Everything there is"

    def has_permission(self, request: HttpRequest) -> bool:
        """For administrators, whatever Django's own flags say."""
        user = request.user
        return isinstance(user, User) and user.is_active and user.may_act_as(Role.ADMINISTRATOR)

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one place to sign in."""
        wanted = request.GET.get("next", "")
        here = request.get_host()
        page = wanted if url_has_allowed_host_and_scheme(wanted, {here}, request.is_secure()) else "/admin/"
        if not request.user.is_authenticated:
            return redirect_to_login(page)
        if not self.has_permission(request):
            raise PermissionDenied("The workshop is for administrators.")
        return redirect(page)
