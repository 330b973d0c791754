"""The portal's settings in tests: servers of their own, so that a portal that runs beside them is left alone."""

import os
from pathlib import Path

os.environ.setdefault("PORTAL_DATA_DIR", str(Path(__file__).resolve().parent.parent / ".local" / "tests"))

from qsms_portal.settings import *  # noqa: F403

DATABASES["default"]["ENGINE"] = "tests.database"  # noqa: F405
# Each process of the suite has a database of its own, in PostgreSQL (by pytest-django) and in the queue.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
REDIS_URL = REDIS_URL.replace("?db=0", f"?db={WORKER}")  # noqa: F405
CELERY_BROKER_URL = CELERY_BROKER_URL.replace("?virtual_host=0", f"?virtual_host={WORKER}")  # noqa: F405
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
