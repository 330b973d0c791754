"""The functions of the migrated database are those of `campaigns/sql` and `contacts/sql`, to the letter."""

import pytest
from django.db import connection, transaction

from tests.sql.definitions import FILES, definitions, functions

pytestmark = pytest.mark.django_db


def test_every_function_has_a_file_of_its_name_and_every_file_a_function():
    with connection.cursor() as cursor:
        names = [signature.partition("(")[0] for signature in functions(cursor)]
    assert sorted(names) == sorted(f"{file.parents[1].name}_{file.stem}" for file in FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parents[1].name}-{file.stem}")
def test_a_function_is_as_its_file_has_it(file):
    """Where it is not, a new migration is missing, with a copy of the file."""
    with connection.cursor() as cursor:
        migrated = definitions(cursor)
        with transaction.atomic():
            cursor.execute(file.read_text())
            written = definitions(cursor)
            transaction.set_rollback(True)
    assert written == migrated, f"{file.name} is not what the migrations make: copy it into a new one"
