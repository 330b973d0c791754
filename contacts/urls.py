"""Addresses of groups, contacts and uploads."""

from django.urls import path

from contacts.views import fields, groups, opt_outs, upload_columns, uploads

urlpatterns = [
    path("", groups.group_list, name="group-list"),
    path("new", groups.group_create, name="group-create"),
    path("<int:pk>", groups.group_detail, name="group-detail"),
    path("<int:pk>/fields", groups.group_fields, name="group-fields"),
    path("<int:pk>/fields/<int:field>", fields.field_edit, name="field-edit"),
    path("<int:pk>/fields/<int:field>/delete", fields.field_delete, name="field-delete"),
    path("<int:pk>/delete", groups.group_delete, name="group-delete"),
    path("<int:pk>/export", groups.group_export, name="group-export"),
    path("<int:pk>/add", groups.contact_edit, name="contact-create"),
    path("<int:pk>/people/<int:contact>", groups.contact_edit, name="contact-edit"),
    path("<int:pk>/people/<int:contact>/delete", groups.contact_delete, name="contact-delete"),
    path("opt-outs", opt_outs.opt_out_list, name="opt-out-list"),
    path("opt-outs/new", opt_outs.opt_out_create, name="opt-out-create"),
    path("opt-outs/<int:pk>/remove", opt_outs.opt_out_delete, name="opt-out-delete"),
    path("upload", uploads.upload_create, name="upload-create"),
    path("uploads/<int:pk>", uploads.upload_detail, name="upload-detail"),
    path("uploads/<int:pk>/import", uploads.upload_import, name="upload-import"),
    path("uploads/<int:pk>/reading", upload_columns.upload_reading, name="upload-reading"),
    path("uploads/<int:pk>/undo", uploads.upload_undo, name="upload-undo"),
    path("uploads/<int:pk>/people", uploads.upload_people, name="upload-people"),
    path("uploads/<int:pk>/rejects", uploads.upload_rejects, name="upload-rejects"),
]
