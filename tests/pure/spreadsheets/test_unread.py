"""Hidden rows and columns of workbooks that xlsxwriter cannot write."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.spreadsheets import open_sheet
from contacts.spreadsheets.unread import unread_in

# A sheet of words, and one of three people of whom the second is hidden, with the third column hidden: written by xlwt.
OLD = zlib.decompress(base64.b64decode(
    "eNrtWE9IFFEY/73Zf+66urv+CbSQQcjKRPZPph1sMyihSEwJI4KabRfaXHdlU6ggssxjEHVKugheulhdyqhD3ToERR2CINA6dgoKOqjb976ZnVbb"
    "gwsmKfMN73vv+/ebN+99772Zefc2MDf1uH4eK2g/bFjKueEs0Akq7rzgB9lzOdnM12VUchZtKHKX0UQ6HXhe8cYl51DO9zwUPLK/Ig58oXIaw+jJ"
    "pBPqOtJB7oMmZB86hZ1yT8F9KpWo435VMT/HvJr5Q/Z9wfwAa24x7yTfOXEKb6M9zR1GHp9UGtlWSVzgKcd8Yk0ItXgt8/jabaH7OtCVTWqp/9PQ"
    "YPdiGjRz3Yl0Iqul5lBDUziNnzkV+JFfqy9VS7++egHS/1qudxXR31XswBhyZ4VMxAn4ELNLiwt9CS2uDiUmsA2zDqnyiAFoGEECF6hWUa2qlK0L"
    "mESArAF9f75E0f3JoVGqjiTTmhc4mhzRhmKjqeTF8xnC6ddSyYwHCLaHwpE9bXvbO6Srlk7YKPdDIdrC21qCwWBrW7DQaR9lWK+WjKsnhskvHA5T"
    "ULA1WOjTESRLVypJPBKJkL1dt0PfYfzLdpgKXnde4nF6ZNkO8Orz0xmy8OD7+2Ox3ugZ1ozxqaKfPdvlYCGH6zKCgitNi86bOWI38xuMupXb9cxr"
    "aM1Q3dRbazQOj7PPTbY20X0iTB+iOwraO6k98e34bMPE1+guas90z1+pmfkYnUIjnYVxipfXOFpEi5i8J+lZNF8LY5f6zLzurx2rTPEbfc8ZB6wP"
    "i/BwM6CfwkoVnkhX2tH+0FqOqlgxqlc5XsGdcp8+ssYo202+UUfZXnSU5TPqUn60dEkhyWZKNpLsBpYogiUYy2H4C8ZympLEcpmSxCozsJQCLNXA"
    "UhjLbfjrs+gxJYlVbkoSy2tg2Yr0y8ZYFYa/jbEqTUli+UxJYvnzOYdiOWeRRRZZZJFFFm0OEvyuA+PtAfwO4+QPEP2/ziKVJes3yaalPmToGqHv"
    "yUNIU53F5ZLyZwscIo8lVhmT/18oaYDunsUgYtyPwZLzl979ReHzrDrQv3ZLqNT7L5XSz398/9/C4Rhv"
))  # fmt: skip


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    path = tmp_path_factory.mktemp("old") / "old.xls"
    path.write_bytes(OLD)
    return path


def test_hidden_rows_and_columns_of_an_old_workbook_are_seen(old):
    found = unread_in(old, "Wateja – 1")
    assert (found.hidden_rows, found.hidden_columns, found.unseen) == ({3}, {2}, False)
    found = unread_in(old, "Read me")
    assert (found.hidden_rows, found.hidden_columns, found.unseen) == (set(), set(), False)


def test_they_are_left_out_where_they_are_not_chosen(old):
    sheet = open_sheet(old)
    assert (sheet.reading.sheet, sheet.hidden_rows, sheet.hidden_columns, sheet.hidden_unseen) == (
        "Wateja – 1", 1, ["C"], False
    )  # fmt: skip
    assert [row.cells for row in sheet.rows()] == [
        ["0712345678", "Jane", "", "5,000.50"], ["0712345680", "Ali", "", "7.00"]
    ]  # fmt: skip


@given(st.integers(0, len(OLD) - 1), st.binary(min_size=1, max_size=8), st.integers(0, len(OLD)))
def test_what_a_damaged_old_workbook_hides_is_seen_or_not_known(tmp_path_factory, at, bytes_, length):
    path = tmp_path_factory.getbasetemp() / "damaged.xls"
    path.write_bytes((OLD[:at] + bytes_ + OLD[at + len(bytes_) :])[:length])
    found = unread_in(path, "Wateja – 1")
    assert all(isinstance(one, int) for one in found.hidden_rows | found.hidden_columns)
    assert not (found.unseen and (found.hidden_rows or found.hidden_columns))


@pytest.mark.parametrize("content", [OLD[:600], b"PK\x03\x04 no archive", b""])
def test_what_is_hidden_in_a_damaged_workbook_is_not_known(tmp_path, content):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    assert unread_in(path, "Wateja – 1").unseen
