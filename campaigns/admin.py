"""Senders, and what was sent, in the administrator's back room. What sending wrote can be read there, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import Audited, ReadOnly
from campaigns.models import Batch, Campaign, DeliveryReport, Export, Message, MessageTemplate, Reply, Run, Sender
from contacts.admin import BoundedCount


class Record(ReadOnly):
    """Rows that only guarded updates and the portal's own pages may change."""

    show_full_result_count = False
    paginator = BoundedCount
    ordering = ["-id"]


@admin.register(Sender)
class SenderAdmin(Audited):
    thing = "sender"
    list_display = ["name", "service_id", "use", "price", "is_default", "halted_at", "archived_at"]
    search_fields = ["name"]
    readonly_fields = ["halted_at", "halt_reason"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # It is archived instead: what was sent with it goes on naming it.
        return False


@admin.register(MessageTemplate)
class MessageTemplateAdmin(Record):
    list_display = ["name", "created_by", "updated_at", "archived_at"]
    list_select_related = ["created_by"]
    search_fields = ["name"]


@admin.register(Campaign)
class CampaignAdmin(Record):
    list_display = ["name", "status", "kind", "sender", "created_by", "launched_at"]
    list_select_related = ["sender", "created_by"]
    list_filter = ["status", "kind"]
    search_fields = ["name"]


@admin.register(Run)
class RunAdmin(Record):
    list_display = ["campaign", "occurrence", "stage", "status", "scheduled_for", "audience", "finished_at"]
    list_select_related = ["campaign"]
    list_filter = ["status"]
    search_fields = ["campaign__name"]


@admin.register(Batch)
class BatchAdmin(Record):
    list_display = ["id", "run", "status", "size", "claim", "tries", "posted_at", "settled_at", "problem"]
    list_select_related = ["run"]
    search_fields = ["run__id__exact"]
    search_help_text = "The number of a run"


@admin.register(Message)
class MessageAdmin(Record):
    list_display = ["phone", "status", "reason", "run", "counted_parts", "counted_cost", "gateway_id", "created_at"]
    list_select_related = ["run"]
    search_fields = ["phone__exact"]
    search_help_text = "A whole number such as 254712345678"


@admin.register(DeliveryReport)
class DeliveryReportAdmin(Record):
    list_display = ["received_at", "gateway_id", "phone", "description", "state", "bound", "tries", "error"]
    search_fields = ["gateway_id__exact"]
    search_help_text = "The gateway's id"


@admin.register(Reply)
class ReplyAdmin(Record):
    list_display = ["received_at", "phone", "shortcode", "text", "did", "reading", "answered_at"]
    search_fields = ["phone__exact"]
    search_help_text = "A whole number such as 254712345678"


@admin.register(Export)
class ExportAdmin(Record):
    list_display = ["campaign", "format", "status", "created_by", "created_at"]
    list_select_related = ["campaign", "created_by"]
