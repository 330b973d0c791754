"""The administrator's back room at /admin/, behind the portal's own sign-in page."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest

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
