"""Numbers of an upload's people are not packed: that took a twentieth of the import for half of their eight bytes."""

from django.db import migrations

STORAGE = "ALTER TABLE contacts_uploadedpeople ALTER COLUMN phones SET STORAGE {}"


class Migration(migrations.Migration):
    dependencies = [("contacts", "0013_numbers_in_cells")]

    operations = [migrations.RunSQL(STORAGE.format("EXTERNAL"), STORAGE.format("EXTENDED"))]
