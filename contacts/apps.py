from django.apps import AppConfig
from django.conf import settings


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = "Contacts"

    def ready(self) -> None:
        from lib import phones

        phones.home_region = settings.PHONE_REGION
