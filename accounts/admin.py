"""People, keys and the audit log in the administrator's back room."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from accounts.audit import record
from accounts.models import ApiKey, AuditEntry, User


class ReadOnly(admin.ModelAdmin):
    """What is looked at and never written by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):
    """A person's role is the group of the same name."""

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


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = ["name", "role", "owner", "hint", "last_used_at", "revoked_at"]
    list_select_related = ["owner"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["at", "user", "api_key", "act", "about"]
    list_select_related = ["user", "api_key"]
    search_fields = ["about", "act"]
    show_full_result_count = False
