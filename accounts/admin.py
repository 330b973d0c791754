"""People and keys in the administrator's back room, and what is written there, for the audit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator

from accounts import staff
from accounts.audit import record
from accounts.models import ApiKey, Invitation, User
from accounts.permissions import freshly_signed_in
from accounts.roles import Role
from accounts.second_factors import take_away

# The four roles are these groups: without one nobody has that role any more.
admin.site.unregister(Group)


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


class PersonForm(UserChangeForm):
    def clean(self) -> dict[str, Any] | None:
        """Called in the transaction of the change."""
        chosen = super().clean() or {}
        stays = chosen.get("is_active") and (
            chosen.get("is_superuser") or chosen["groups"].filter(name=Role.ADMINISTRATOR.value).exists()
        )
        if not stays:
            try:
                staff.keep_an_administrator(self.instance)
            except staff.LastAdministrator as error:
                raise forms.ValidationError(str(error)) from error
        return chosen


@admin.register(User)
class PersonAdmin(UserAdmin):
    """A person's role is the group of the same name. What is changed here is in the audit too.

    That one is made, deleted or given a password is written down wherever it is done (`accounts.recording`).
    """

    form = PersonForm
    list_display = ["username", "first_name", "last_name", "role", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Who", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["is_active", "is_superuser", "groups"]}),
        ("Texts", {"fields": ["phone", "phone_confirmed_at"]}),
        ("When", {"fields": ["last_login", "last_seen_at", "date_joined"]}),
    ]
    readonly_fields = ["phone_confirmed_at", "last_login", "last_seen_at", "date_joined"]

    @method_decorator(freshly_signed_in)
    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(*args, **kwargs)

    @method_decorator(freshly_signed_in)
    def user_change_password(self, *args: Any, **kwargs: Any) -> Any:
        return super().user_change_password(*args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A number that somebody else typed is not confirmed."""
        if "phone" in form.changed_data:
            obj.phone_confirmed_at = None
        # Its groups are saved after it.
        form.role_before = User.objects.get(pk=obj.pk).role if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        assert isinstance(request.user, User)
        person = User.objects.get(pk=form.instance.pk)
        about, changed = f"person {person.pk}", set(form.changed_data)
        if "phone" in changed:
            record("phone of a person changed", about, user=request.user)
        if "is_active" in changed:
            act = "person reactivated" if person.is_active else "person deactivated"
            record(act, about, user=request.user)
        if person.role is not form.role_before:
            staff.record_role(person, form.role_before, person.role, request.user)
        if change and (others := sorted(changed - {"phone", "is_active", "groups"})):
            record("person changed", about, user=request.user, fields=others)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """People are deleted one at a time."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except staff.LastAdministrator as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect("..")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        assert isinstance(request.user, User)
        staff.remove(obj, request.user)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    list_display = ["name", "role", "owner", "hint", "ends_at", "last_used_at", "last_used_from", "revoked_at"]
    list_select_related = ["owner"]


def _fields(message: Any) -> list[str]:
    """The labels of what Django's own log says was changed."""
    changed = message if isinstance(message, list) else []
    return sorted({field for one in changed for field in one.get("changed", {}).get("fields", [])})


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ["email", "role", "created_by", "sent_at", "accepted_at", "taken_back_at"]
    list_select_related = ["created_by"]


# Of django-allauth's own tables only the second factors are for anybody to see, and to take away where all were lost.
for model in (EmailAddress, UserSession, Authenticator, SocialApp, SocialToken, SocialAccount):
    admin.site.unregister(model)


@admin.register(Authenticator)
class SecondFactorAdmin(ReadOnly):
    fields = ["user", "type", "created_at", "last_used_at"]
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    @method_decorator(freshly_signed_in)
    def delete_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete_view(*args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        assert isinstance(request.user, User)
        take_away(obj, request.user)
