"""The portal's settings in tests, without a database: for what looks at the models alone."""

from tests.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
