"""The Django project: settings, addresses, the queue, the API's assembly, and what starts it all."""

from qsms_portal.celery import app as celery_app

__all__ = ["celery_app"]
