"""A person's sessions end where the password, the role or `is_active` changes: by page, admin, command or SQL.

Sessions from before are not noted with their person and end once.
"""

from pathlib import Path

from django.db import migrations

BACK = """
DROP TRIGGER accounts_role_changed ON accounts_user_groups;
DROP TRIGGER accounts_user_changed ON accounts_user;
DROP FUNCTION accounts_role_changed;
DROP FUNCTION accounts_user_changed;
DROP FUNCTION accounts_end_sessions;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_shared_cache"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
