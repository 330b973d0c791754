"""Groups, contacts, opt-outs and uploads in the administrator's back room, without counting a big table whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.admin import Audited
from contacts.models import Contact, ContactField, ContactGroup, OptOut, PhoneStatus, Upload


class BoundedCount(Paginator):
    """Counts no further than a person would leaf: a big table is searched, not leafed through."""

    FURTHEST = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.FURTHEST].count())


class Fields(admin.TabularInline):
    model = ContactField
    extra = 0
    fields = ["label", "key", "type", "position"]
    # A type is changed on the field's own page, which reads the values anew; a field is deleted there too.
    readonly_fields = ["key", "type"]
    can_delete = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(ContactGroup)
class ContactGroupAdmin(Audited):
    thing = "group"
    list_display = ["name", "size", "changed_at"]
    search_fields = ["name"]
    readonly_fields = ["size", "key", "keyed_at", "created_at", "changed_at"]
    inlines = [Fields]
    change_form_template = "contacts/admin_group.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The portal's own page looks at who uses it, and empties it in slices.
        return False


@admin.register(Contact)
class ContactAdmin(Audited):
    thing = "contact"
    list_display = ["phone", "name", "group", "written_at", "written_by"]
    list_select_related = ["group"]
    search_fields = ["phone__startswith"]
    raw_id_fields = ["group", "upload"]
    readonly_fields = ["reference"]
    show_full_result_count = False
    paginator = BoundedCount
    ordering = ["-id"]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        obj.reference = obj.group.reference_in(obj.values)
        super().save_model(request, obj, form, change)


@admin.register(OptOut)
class OptOutAdmin(Audited):
    thing = "opt-out"
    list_display = ["phone", "scope", "source", "reason", "created_at"]
    list_filter = ["scope", "source"]
    search_fields = ["phone__startswith"]
    show_full_result_count = False


@admin.register(PhoneStatus)
class PhoneStatusAdmin(Audited):
    thing = "number"
    list_display = ["phone", "dead_since", "failed_on", "delivered_at"]
    search_fields = ["phone__startswith"]
    show_full_result_count = False
    paginator = BoundedCount

    def about(self, one: models.Model) -> str:
        # Its id would be the number.
        return self.thing


@admin.register(Upload)
class UploadAdmin(Audited):
    thing = "upload"
    list_display = ["name", "group", "status", "created_by", "created_at"]
    list_select_related = ["group", "created_by"]
    list_filter = ["status"]
    raw_id_fields = ["group", "file"]
