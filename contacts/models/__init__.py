"""Groups, their custom fields and contacts, opt-outs, dead numbers, uploads."""

from contacts.models.files import FileChunk, StoredFile
from contacts.models.group import Contact, ContactField, ContactGroup
from contacts.models.opt_out import OptOut, PhoneStatus
from contacts.models.upload import RejectedRow, Upload, UploadChange

__all__ = [
    "Contact",
    "ContactField",
    "ContactGroup",
    "FileChunk",
    "OptOut",
    "PhoneStatus",
    "RejectedRow",
    "StoredFile",
    "Upload",
    "UploadChange",
]
