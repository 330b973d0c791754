"""Who may what, everywhere. After a change that is meant: WRITE_PERMISSIONS=1 pytest tests/pages/test_permissions.py"""

import os

import pytest

from accounts.roles import Role
from tests.pages import permission_table as table

RENEW = "Who may what has changed. If it is meant: WRITE_PERMISSIONS=1 pytest tests/pages/test_permissions.py"
IS_WRITTEN = bool(os.environ.get("WRITE_PERMISSIONS"))
# The description of the API, and what answers strangers.
FOR_ANYBODY = (
    "/healthz", "/readyz", "/metrics", "/sign-in", "/admin/login/", "/invitation/<str:token>",
    "/v1/docs", "/v1/openapi.json",
)  # fmt: skip
SIGNS_OUT = ("/sign-out", "/admin/logout/")


@pytest.mark.django_db
@pytest.mark.parametrize("part", table.PARTS)
def test_who_may_what_is_as_the_table_says(part):
    found = table.rows(part)
    if IS_WRITTEN:
        (table.TABLES / f"{part}.txt").write_text(table.written(found))
    assert table.kept(part) == found, RENEW
    for asked, row in found.items():
        may = {who for who, letter in zip(table.WHO, row, strict=True) if letter == table.MAY}
        method, address = asked.split(" ", 1)
        if address.startswith(FOR_ANYBODY + SIGNS_OUT):
            continue
        assert not may & {"stranger", "nobody", "deactivated", "key of nobody", "key of deactivated"}, asked
        assert method != "PUT" or not may, asked
        for people in (table.SESSIONS, table.KEYS):
            by_role = [people[1 + role.rank] in may for role in Role]
            assert by_role == sorted(by_role), asked


def test_the_document_says_what_the_tables_say():
    found = {asked: row for part in table.PARTS for asked, row in table.kept(part).items()}
    if IS_WRITTEN:
        table.DOCUMENT.write_text(table.document(found))
    assert table.document(found).splitlines() == table.DOCUMENT.read_text().splitlines(), RENEW


def test_each_body_of_a_call_is_given():
    assert set(table.BODIES) | set(table.QUERIES) <= {f"{method} {address}" for method, address, _ in table.calls()}
