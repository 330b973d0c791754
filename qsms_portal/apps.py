"""The project as an app: its commands, and the admin as part of the portal."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "qsms_portal"
    verbose_name = "QSMS Portal"


class PortalAdminConfig(AdminConfig):
    default_site = "qsms_portal.admin.PortalAdmin"
