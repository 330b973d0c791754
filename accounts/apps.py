from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and access"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from accounts import (
            recording,  # noqa: F401 - it listens from now on
            sessions,
        )

        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions")
