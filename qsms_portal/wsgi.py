"""The web application, as granian serves it."""

import os
from typing import cast

from django.core.wsgi import get_wsgi_application

from qsms_portal.checks import refuse_bad_settings
from qsms_portal.lean import Application, LeanPath

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qsms_portal.settings")

refuse_bad_settings()

application = LeanPath(cast(Application, get_wsgi_application()))
