"""The portal's settings in tests: servers of their own, so that a portal that runs beside them is left alone."""

import os
from pathlib import Path

os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).resolve().parent.parent / ".local" / "tests"))

from qsms_portal.settings import *  # noqa: F403

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
