"""Line breaks and tabs within the cells of an .ods as blanks: the library glues the words on both sides together."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from contacts.spreadsheets.package import DAMAGES, instead, pieces

CONTENT = "content.xml"
MARKS = (b":line-break", b":tab")

# <text:line-break/>, <text:tab text:tab-ref="1"></text:tab>
_break = re.compile(rb"<(/?\w+:)(?:line-break|tab)(?=[\s/>])([^<>]*)>")


def with_blanks(source: Path, folder: Path) -> Path:
    """The same workbook in `folder`, or `source` where there are none in it, or it is damaged."""
    try:
        if not zipfile.is_zipfile(source):
            return source
        with zipfile.ZipFile(source) as packed:
            if CONTENT not in packed.namelist():
                return source
            with packed.open(CONTENT) as xml:
                if not any(mark in piece for piece in pieces(xml) for mark in MARKS):
                    return source
            target = folder / "blanks"
            with packed.open(CONTENT) as xml, instead(source, CONTENT, target) as out:
                out.writelines(_break.sub(_blank, piece) for piece in pieces(xml))
            return target
    except DAMAGES:
        return source


def _blank(tag: re.Match[bytes]) -> bytes:
    """<text:s/>, which stands for a blank."""
    return b"<%bs%b>" % (tag[1], b"/" if tag[2].endswith(b"/") else b"")
