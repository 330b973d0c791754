"""The project as an app: its commands, and the admin as part of the portal."""

from __future__ import annotations

import gc
from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import register

from qsms_portal import checks


class PortalConfig(AppConfig):
    name = "qsms_portal"
    verbose_name = "QSMS Portal"

    def ready(self) -> None:
        # What shared tasks are tasks of, and where `delay` puts them.
        import_module("qsms_portal.celery")
        register(checks.check_settings, checks.TAG)
        register(checks.check_production, checks.TAG, deploy=True)
        self._keep_garbage_collection_short()

    def _keep_garbage_collection_short(self) -> None:
        """Keep the garbage collector from what is not garbage: a third of planning went into looking.

        What is loaded stays as long as the process, and a chunk of people is let go of without it. Worker processes
        that are forked share what nobody touches. https://docs.python.org/3/library/gc.html#gc.freeze
        """
        gc.freeze()
        gc.set_threshold(10_000)


class PortalAdminConfig(AdminConfig):
    default_site = "qsms_portal.admin.PortalAdmin"
