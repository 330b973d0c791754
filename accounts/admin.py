"""People and keys in the administrator's back room, and what is written there, for the audit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.roles import Role


class ReadOnly(admin.ModelAdmin):
    """What is looked at and never written by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Audited(admin.ModelAdmin):
    """What is written here leaves an entry as on the portal's own pages: which fields, not their values."""

    thing = ""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, "made", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, "changed", obj, fields=_fields(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> Any:
        for one in queryset:
            self._record(request, "deleted", one)
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]  # a list is handed in too

    def about(self, one: models.Model) -> str:
        return f"{self.thing} {one.pk}"

    def _record(self, request: HttpRequest, done: str, one: models.Model, **detail: Any) -> None:
        assert isinstance(request.user, User)
        record(f"{self.thing} {done}", self.about(one), user=request.user, **detail)


@admin.register(User)
class PersonAdmin(Audited, UserAdmin):
    """A person's role is the group of the same name."""

    thing = "person"
    list_display = ["username", "first_name", "last_name", "role", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("Texts", {"fields": ["phone", "phone_confirmed_at"]})]
    readonly_fields = ["phone_confirmed_at"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A number that somebody else typed is not confirmed."""
        if "phone" in form.changed_data:
            obj.phone_confirmed_at = None
        super().save_model(request, obj, form, change)
        if "phone" in form.changed_data:
            assert isinstance(request.user, User)
            record("phone of a person changed", f"person {obj.pk}", user=request.user)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        was = User.objects.get(pk=form.instance.pk)
        was.is_superuser = form.initial.get("is_superuser", False)
        before = was.role
        super().save_related(request, form, formsets, change)
        after = User.objects.get(pk=form.instance.pk).role
        if before != after:
            names: dict[str, Any] = {"before": _name(before), "after": _name(after)}
            record("role changed", f"person {form.instance.pk}", user=request.user, **names)

    def _record(self, request: HttpRequest, done: str, one: models.Model, **detail: Any) -> None:
        # That one is there, or is gone, is written down wherever it is done (accounts.recording).
        if done == "changed":
            super()._record(request, done, one, **detail)


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(Audited, GroupAdmin):
    thing = "role"


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = ["name", "role", "owner", "hint", "last_used_at", "revoked_at"]
    list_select_related = ["owner"]


def _fields(message: Any) -> list[str]:
    """The labels of what Django's own log says was changed."""
    changed = message if isinstance(message, list) else []
    return sorted({field for one in changed for field in one.get("changed", {}).get("fields", [])})


def _name(role: Role | None) -> str:
    return role.value if role else "none"
