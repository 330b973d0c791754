"""What is no list of rows is told what it is, and what to do."""

import gzip
import io
import zipfile

import pytest

from contacts.spreadsheets import BadFile, open_sheet


def packed(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as folder:
        for name in names:
            folder.writestr(name, "<x/>")
    return file.getvalue()


@pytest.mark.parametrize(
    "content, words",
    [
        (b"%PDF-1.7\n0712345678", "This file is a PDF. Save the list in it as CSV or Excel (.xlsx)."),
        (rb"{\rtf1\ansi Jane 0712345678\par}", "This file is a text document (RTF)."),
        (b'<?xml version="1.0"?><gpx/>', "This file is XML."),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "This file is a web page with all its parts (.mht)."),
        (gzip.compress(b"Name,Phone\nJane,0712345678", mtime=0), "This file is packed (.gz)."),
        (b'[\n {"name": "Jane", "phone": "0712345678"}]', "This file is JSON, which scripts post to the API."),
        (b'{"contacts": []}', "This file is JSON, which scripts post to the API."),
        (packed("list.csv"), "This file is a packed folder (.zip)."),
        (packed("[Content_Types].xml", "word/document.xml"), "This file is a Word document."),
        (packed("Index/Document.iwa"), "This file is of Apple's Numbers or Pages."),
        (packed("xl/nothing.xml"), "This is no Excel or OpenDocument workbook that can be read."),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_no_list_is_said(tmp_path, content, words):
    path = tmp_path / "list.xls"
    path.write_bytes(content)
    with pytest.raises(BadFile) as caught:
        open_sheet(path)
    assert caught.value.code == "not_a_spreadsheet"
    assert caught.value.words.startswith(words)


@pytest.mark.parametrize("content", [b"{name},phone\nJane,0712345678\n", b"[list]\nJane,0712345678\nJohn,0722345678\n"])
def test_what_only_begins_like_it_is_read(tmp_path, content):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    assert any("0712345678" in row.cells for row in open_sheet(path).rows())
