"""What a file is, as its first bytes tell it: its name says little, .xls least of all."""

from __future__ import annotations

import codecs
import re

START_BYTES = 4096
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
VCARD = b"BEGIN:VCARD"
# PDF, XML of other kinds, a web page with all its parts in one file.
DOCUMENTS = (b"%pdf", b"<?xml", b"mime-version:")
BOMS = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE
# Comments and what a program is told may stand before the first tag.
_markup = re.compile(
    rb"(?>\s+|<!--.*?-->|<\?.*?>)*<(?:!doctype\s+html|(?:(?:\w+:)?workbook|html|head|meta|style|body|div|center|table)\b)",
    re.IGNORECASE | re.DOTALL,
)


def is_read_by_child(start: bytes) -> bool:
    """Whether a file that begins so is a workbook, a web page or vCards."""
    return start.startswith((ZIP, OLE)) or is_vcard(start) or is_markup(start)


def is_vcard(start: bytes) -> bool:
    return _letters(start)[: len(VCARD)].upper() == VCARD


def is_markup(start: bytes) -> bool:
    """Whether it is a web page or Excel's XML of 2003."""
    return _markup.match(_letters(start)) is not None


def is_document(start: bytes) -> bool:
    """Whether it is something to read that holds no table we know of; asked when it is nothing else."""
    return _letters(start).lower().startswith(DOCUMENTS)


def _letters(start: bytes) -> bytes:
    """As ASCII, whatever the encoding, from the first that is not blank."""
    return start[:START_BYTES].replace(b"\0", b"").lstrip(BOMS + b" \t\r\n")
