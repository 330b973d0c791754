"""Files are kept as they come: a workbook and its rows are packed already, and packing them again took a second of the
two that an upload of 33 MB took. What is there already stays as it is.
"""

from django.db import migrations

STORAGE = "ALTER TABLE contacts_filechunk ALTER COLUMN content SET STORAGE {}"


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_lighter_contacts")]

    operations = [migrations.RunSQL(STORAGE.format("EXTERNAL"), STORAGE.format("EXTENDED"))]
