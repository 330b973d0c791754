"""Uploads as tests make them: by the same steps as the pages, and worked on at once."""

from contacts import importing
from contacts.importing import mapping
from contacts.models import Upload
from contacts.tasks import work_on

JANE, JOHN, MARY, ALI = "254712345678", "254712345679", "254712345680", "254712345681"


def begin(group, text, name="list.csv", **choices):
    upload = importing.begin_upload(group, name, [text if isinstance(text, bytes) else text.encode()])
    Upload.objects.filter(pk=upload.pk).update(**choices)
    upload.refresh_from_db()
    return upload


def checked(group, text, **choices):
    return check(begin(group, text, **choices))


def check(upload, columns=None):
    """With these columns, or those that were guessed."""
    importing.choose_columns(upload, columns or mapping.from_json(upload.mapping))
    assert importing.order_check(upload)
    work_on(upload.pk)
    return Upload.objects.get(pk=upload.pk)


def imported(group, text, **choices):
    return write(checked(group, text, **choices))


def write(upload):
    assert importing.order_import(upload), (upload.status, upload.error)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_done, upload.error
    return upload


def undone(upload):
    assert importing.order_undo(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_undone
    return upload.counts["undone"]


def people(group):
    return {one.phone: {"name": one.name, **one.values} for one in group.contacts.all()}


def rows_of(group):
    """Everything about the contacts but what is not the upload's to restore."""
    columns = (
        "id", "phone", "name", "values", "not_updated", "upload_id", "consent_source", "consent_on", "created_at",
        "updated_at",
    )  # fmt: skip
    return list(group.contacts.order_by("pk").values(*columns))
