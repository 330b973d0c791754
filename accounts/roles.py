"""The four roles and what each may do. A role is a Django group of the same name; each includes those before it."""

from __future__ import annotations

from functools import cached_property

from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    COMPOSER = "composer", "Composer"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"

    @cached_property
    def rank(self) -> int:
        """0 for the viewer, 3 for the administrator."""
        return list(Role).index(self)

    @property
    def with_article(self) -> str:
        """“a manager”, “an administrator”."""
        return f"{'an' if self.value[0] in 'aeiou' else 'a'} {self.value}"

    @property
    def whose(self) -> str:
        """Who has at least this role, for a sentence: “managers and administrators”."""
        *others, last = [f"{role.value}s" for role in Role if role.includes(self)]
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def deeds(self) -> list[str]:
        """What it may do, in words, beside what the roles before it may."""
        return DEEDS[self]

    @property
    def before(self) -> Role | None:
        """The role whose deeds this one has too."""
        return list(Role)[self.rank - 1] if self.rank else None

    @cached_property
    def may_compose(self) -> bool:
        """Whether it may write campaigns, templates and contacts; managers and administrators may too."""
        return self.includes(Role.COMPOSER)

    @cached_property
    def may_manage(self) -> bool:
        """Whether it may send, steer, approve, export and delete; administrators may too."""
        return self.includes(Role.MANAGER)

    @cached_property
    def may_administer(self) -> bool:
        """Whether it may change senders, rules and API keys."""
        return self.includes(Role.ADMINISTRATOR)

    def includes(self, other: Role) -> bool:
        """Whether whoever has this role may do all that `other` may."""
        return self.rank >= other.rank


# Said by the pages where a role is given and by docs/permissions.md.
DEEDS = {
    Role.VIEWER: [
        "see campaigns, texts, replies, what was sent to a number, groups, segments and opt-outs",
    ],
    Role.COMPOSER: [
        "write campaigns and templates, and delete drafts",
        "add, change, upload and delete contacts, and make groups and segments",
        "send tests to their own confirmed phone",
        "mark replies as read, give them to somebody, and call them done",
        "ask for approval, where the rules want approval",
    ],
    Role.MANAGER: [
        "send, pause, resume and cancel campaigns, and approve those that others made",
        "send single texts, and decide about texts of which nobody knows whether they went out",
        "stop all sending, and let it go on",
        "opt numbers out and in again, and read replies that may mean STOP",
        "export contacts and texts, and change the fields of groups, merge and delete groups",
    ],
    Role.ADMINISTRATOR: [
        "invite people, give and take roles, and deactivate people",
        "make and revoke API keys",
        "change sender IDs, the rules of sending and spending limits",
        "use the administration, where everything there is can be looked at",
    ],
}
