"""Addresses of groups, contacts and uploads."""

from django.urls import path

from contacts.views import contacts, fields, groups, jobs, opt_outs, segments, upload_columns, uploads

urlpatterns = [
    path("", groups.group_list, name="group-list"),
    path("new", groups.group_create, name="group-create"),
    path("<int:pk>", groups.group_detail, name="group-detail"),
    path("<int:pk>/count", groups.group_count, name="group-count"),
    path("<int:pk>/fields", groups.group_fields, name="group-fields"),
    path("<int:pk>/fields/<int:field>", fields.field_edit, name="field-edit"),
    path("<int:pk>/fields/<int:field>/delete", fields.field_delete, name="field-delete"),
    path("<int:pk>/delete", groups.group_delete, name="group-delete"),
    path("<int:pk>/copy", jobs.group_transfer, {"act": "copy"}, name="group-copy"),
    path("<int:pk>/move", jobs.group_transfer, {"act": "move"}, name="group-move"),
    path("<int:pk>/remove", jobs.group_transfer, {"act": "remove"}, name="group-remove"),
    path("<int:pk>/merge", jobs.group_merge, name="group-merge"),
    path("<int:pk>/export", jobs.group_export, name="group-export"),
    path("<int:pk>/export/xlsx", jobs.group_workbook, name="group-workbook"),
    path("<int:pk>/sample", groups.group_sample, name="group-sample"),
    path("<int:pk>/add", contacts.contact_edit, name="contact-create"),
    path("<int:pk>/people/<int:contact>", contacts.contact_edit, name="contact-edit"),
    path("<int:pk>/people/<int:contact>/delete", contacts.contact_delete, name="contact-delete"),
    path("jobs/<int:pk>", jobs.job_detail, name="job-detail"),
    path("jobs/<int:pk>/file", jobs.job_file, name="job-file"),
    path("segments", segments.segment_list, name="segment-list"),
    path("segments/new", segments.segment_create, name="segment-create"),
    path("segments/<int:pk>", segments.segment_detail, name="segment-detail"),
    path("segments/<int:pk>/edit", segments.segment_edit, name="segment-edit"),
    path("segments/<int:pk>/delete", segments.segment_delete, name="segment-delete"),
    path("opt-outs", opt_outs.opt_out_list, name="opt-out-list"),
    path("opt-outs/new", opt_outs.opt_out_create, name="opt-out-create"),
    path("opt-outs/upload", opt_outs.opt_out_upload, name="opt-out-upload"),
    path("opt-outs/<int:pk>/remove", opt_outs.opt_out_delete, name="opt-out-delete"),
    path("upload", uploads.upload_create, name="upload-create"),
    path("uploads/<int:pk>", uploads.upload_detail, name="upload-detail"),
    path("uploads/<int:pk>/import", uploads.upload_import, name="upload-import"),
    path("uploads/<int:pk>/reading", upload_columns.upload_reading, name="upload-reading"),
    path("uploads/<int:pk>/undo", uploads.upload_undo, name="upload-undo"),
    path("uploads/<int:pk>/people", uploads.upload_people, name="upload-people"),
    path("uploads/<int:pk>/rejects", uploads.upload_rejects, name="upload-rejects"),
]
