"""The cache that all processes share: `createcachetable` as a migration, so that nobody has to run it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_monthly_limit")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE accounts_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX accounts_cache_expires ON accounts_cache (expires);
            """,
            "DROP TABLE accounts_cache",
        ),
    ]
