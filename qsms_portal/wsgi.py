"""The web application, as granian serves it."""

import os
from typing import cast

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from qsms_portal.answered_later import offer_first
from qsms_portal.body_length import Application, BodyLength
from qsms_portal.checks import refuse_bad_settings
from qsms_portal.lean import LeanPath

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qsms_portal.settings")

refuse_bad_settings()

application = BodyLength(LeanPath(cast(Application, get_wsgi_application())))
offer_first(import_string(settings.ANSWERED_LATER))
