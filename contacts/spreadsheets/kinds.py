"""What a file is, as its first bytes tell it: its name says little, .xls least of all."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

START_BYTES = 4096
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
VCARD = b"BEGIN:VCARD"
# What is no list of rows; looked at when it is nothing else.
DOCUMENTS = {
    b"%pdf": "a PDF",
    b"{\\rtf": "a text document (RTF)",
    b"<?xml": "XML",
    b"mime-version:": "a web page with all its parts (.mht)",
    b"\x1f\x8b": "packed (.gz)",
}
PACKAGES = {
    "/xl/": "", "/content.xml": "", "/word/": "a Word document", "/ppt/": "a presentation",
    ".iwa": "of Apple's Numbers or Pages",
}  # fmt: skip
BOMS = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE
_json = re.compile(rb'(?:\[\s*)?\{\s*"')
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


def document(start: bytes) -> str:
    """What else it is, in words, "" where it may be text; asked when it is none of the above."""
    letters = _letters(start)
    if _json.match(letters):
        return "JSON, which scripts post to the API"
    return next((words for begin, words in DOCUMENTS.items() if letters.lower().startswith(begin)), "")


def package(source: Path) -> str:
    """What a file is that no library takes for a workbook, in words: "" where it may be a damaged one."""
    try:
        with zipfile.ZipFile(source) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    found = (words for part, words in PACKAGES.items() if any(part in f"/{name}" for name in names))
    return next(found, "a packed folder (.zip)")


def _letters(start: bytes) -> bytes:
    """As ASCII, whatever the encoding, from the first that is not blank."""
    return start[:START_BYTES].replace(b"\0", b"").lstrip(BOMS + b" \t\r\n")
