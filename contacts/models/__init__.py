"""Groups, their custom fields and contacts, segments, opt-outs, dead numbers, uploads, work in the background."""

from contacts.models.files import FileChunk, StoredFile
from contacts.models.group import Contact, ContactField, ContactGroup
from contacts.models.job import Job
from contacts.models.opt_out import OptOut, PhoneStatus
from contacts.models.segment import FilterCount, Segment
from contacts.models.upload import RejectedRow, Upload, UploadChange, UploadedPeople

__all__ = [
    "Contact",
    "ContactField",
    "ContactGroup",
    "FileChunk",
    "FilterCount",
    "Job",
    "OptOut",
    "PhoneStatus",
    "RejectedRow",
    "Segment",
    "StoredFile",
    "Upload",
    "UploadChange",
    "UploadedPeople",
]
