"""The four roles and what each may do. A role is a Django group of the same name; each includes those before it."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    COMPOSER = "composer", "Composer"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"

    @property
    def rank(self) -> int:
        """0 for the viewer, 3 for the administrator."""
        return list(Role).index(self)

    @property
    def may_compose(self) -> bool:
        """Whether it may write campaigns, templates and contacts; managers and administrators may too."""
        return self.includes(Role.COMPOSER)

    @property
    def may_manage(self) -> bool:
        """Whether it may send, steer, approve, export and delete; administrators may too."""
        return self.includes(Role.MANAGER)

    @property
    def may_administer(self) -> bool:
        """Whether it may change senders, rules and API keys."""
        return self.includes(Role.ADMINISTRATOR)

    def includes(self, other: Role) -> bool:
        """Whether whoever has this role may do all that `other` may."""
        return self.rank >= other.rank
