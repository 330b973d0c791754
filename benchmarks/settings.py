"""The portal's settings, on a database that is made for the run and dropped after it."""

from qsms_portal.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "bench"  # noqa: F405
WHITENOISE_AUTOREFRESH = True
QSMS_API_KEY = "qsms_live_bench"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
