"""Addresses of campaigns, texts and templates."""

from django.urls import include, path

from campaigns.views import builder, campaigns, stopping, templates, texts, when

urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="campaign-list"),
    path("campaigns/new", builder.campaign_create, name="campaign-create"),
    path("campaigns/<int:pk>", campaigns.campaign_detail, name="campaign-detail"),
    path("campaigns/<int:pk>/who", builder.campaign_who, name="campaign-who"),
    path("campaigns/<int:pk>/what", builder.campaign_what, name="campaign-what"),
    path("campaigns/<int:pk>/preview", builder.campaign_preview, name="campaign-preview"),
    path("campaigns/<int:pk>/when", when.campaign_when, name="campaign-when"),
    path("campaigns/<int:pk>/check", builder.campaign_check, name="campaign-check"),
    path("campaigns/<int:pk>/launch", builder.campaign_launch, name="campaign-launch"),
    path("campaigns/<int:pk>/pause", campaigns.campaign_steer, {"act": "pause"}, name="campaign-pause"),
    path("campaigns/<int:pk>/resume", campaigns.campaign_steer, {"act": "resume"}, name="campaign-resume"),
    path("campaigns/<int:pk>/cancel", campaigns.campaign_steer, {"act": "cancel"}, name="campaign-cancel"),
    path("campaigns/<int:pk>/send-again", campaigns.campaign_resolve, {"action": "resend"}, name="campaign-resend"),
    path(
        "campaigns/<int:pk>/send-all-again",
        campaigns.campaign_resolve,
        {"action": "resend-all"},
        name="campaign-resend-all",
    ),
    path("campaigns/<int:pk>/leave", campaigns.campaign_resolve, {"action": "leave"}, name="campaign-leave"),
    path("campaigns/<int:pk>/again/failed", campaigns.campaign_again, {"only": "failed"}, name="campaign-failed"),
    path("campaigns/<int:pk>/again/left-out", campaigns.campaign_again, {"only": "left_out"}, name="campaign-left-out"),
    path("stop", stopping.stop, name="stop"),
    path("stop/lift", stopping.lift_stop, name="lift-stop"),
    path("campaigns/<int:pk>/delete", campaigns.campaign_delete, name="campaign-delete"),
    path("campaigns/<int:pk>/messages", texts.campaign_messages, name="campaign-messages"),
    path("campaigns/<int:pk>/export", texts.campaign_export, name="campaign-export"),
    path("campaigns/<int:pk>/export/xlsx", texts.campaign_workbook, name="campaign-workbook"),
    path("exports/<int:pk>", texts.export_detail, name="export-detail"),
    path("exports/<int:pk>/file", texts.export_file, name="export-file"),
    path("gate/resume", campaigns.gate_resume, name="gate-resume"),
    path("messages/", texts.message_list, name="message-list"),
    path("templates/", templates.template_list, name="template-list"),
    path("templates/new", templates.template_edit, name="template-create"),
    path("templates/preview", templates.template_preview, name="template-preview"),
    path("templates/<int:pk>", templates.template_edit, name="template-edit"),
    path("", include("campaigns.webhooks.urls")),
]
