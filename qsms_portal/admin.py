"""The administrator's back room at /admin/, behind the portal's own sign-in page."""

from __future__ import annotations

from django.contrib.admin import AdminSite


class PortalAdmin(AdminSite):
    site_header = "QSMS Portal administration"
    site_title = "QSMS Portal"
    index_title = "Everything there is"
