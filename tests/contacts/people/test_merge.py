"""Writing many people into a group at once."""

import pytest
from django.db import connection

from tests.contacts.uploads import JANE, imported, undone
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)


def read_of_groups():
    """How often an entry of the index over groups has been read so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'contact_page'")
        return cursor.fetchone()[0]


def test_a_group_that_has_grown_unseen_is_not_read_whole_for_each_person():
    """The database takes it for empty until it looks again: with a million in it, each chunk would take hours."""
    make_group(contacts=3_000)
    group = make_group(contacts=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_contact")
    names = "".join(f"2547{number:08},Jane\n" for number in range(20_000_000, 20_001_000))
    imported(group, f"phone,name\n{names}")
    before = read_of_groups()
    changed = imported(group, f"phone,name\n{names}".replace("Jane", "Mary"))
    assert changed.counts["updated"] == 1_000
    gone = imported(group, f"phone,name\n{JANE},Jane\n", mode="replace")
    assert gone.counts["left"] == 1_001
    assert undone(gone)["returned"] == 1_001
    assert undone(changed)["restored"] == 1_000
    # A page of the group now and then is read by it; once for each of a thousand people would be a million.
    assert read_of_groups() - before < 50_000
