"""PostgreSQL of a version that the portal works with.

Where it is the embedded one, the first connection starts it, so that `--help` and `check` start nothing.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base, features
from django.db.utils import OperationalError

from qsms_portal.embedded import EmbeddedServersError, ensure
from qsms_portal.embedded.programs import OLDEST


class DatabaseFeatures(features.DatabaseFeatures):
    minimum_database_version = (OLDEST,)


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if settings.EMBEDDED_DATABASE:
            try:
                ensure(settings.DATA_DIR, database=True)
            except EmbeddedServersError as error:
                raise OperationalError(str(error)) from error
        return super().get_new_connection(conn_params)
