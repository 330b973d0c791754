"""The portal's PostgreSQL with another way of emptying tables between tests that commit."""

from django.db.backends.postgresql import operations

from qsms_portal.embedded.postgresql import base

# Truncating fifty tables makes some hundred files anew; most tests have filled five of them with a few rows. Content
# types and permissions stay, so that nothing has to make them again.
KEPT = ("django_content_type", "auth_permission")
EMPTY = """
DO $$
DECLARE
    found regclass;
    size bigint;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        size := pg_relation_size(found);
        IF size > 1048576 THEN
            EXECUTE format('TRUNCATE %s CASCADE', found);
        ELSIF size > 0 THEN
            EXECUTE format('DELETE FROM %s', found);
        END IF;
    END LOOP;
END $$
"""


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
        if reset_sequences:
            # Of what would be made again in a test that is rolled back, the process would remember the ids.
            emptied = [table for table in tables if table not in KEPT]
            truncate = super().sql_flush(style, emptied, reset_sequences=True, allow_cascade=allow_cascade)
            # The trigger that keeps the audit refuses it.
            return ["SET LOCAL session_replication_role = replica;", *truncate]
        return [EMPTY]


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
