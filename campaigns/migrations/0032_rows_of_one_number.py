"""A text may be for one row of a number or for all of them, and a reminder is remembered row by row.

No row is rewritten: columns with constants alone. Claims look again where rows must still be there.
"""

from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models


HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0028_replies_to_read.sql").read_text() + (HERE / "0032_rows_of_one_number_before.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0031_spenders"),
    ]

    operations = [
        # Whoever holds one of these tables for long would have everybody else wait behind this.
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", "SET LOCAL lock_timeout = '5s'"),
        migrations.AddField(
            model_name="campaign",
            name="one_text_for",
            field=models.CharField(
                choices=[("row", "Each row"), ("number", "Each number")],
                db_default="number",
                default="number",
                help_text="Where a group tells rows of one number apart: a text for each row, or one for all of a number.",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="group_name",
            field=models.CharField(blank=True, help_text="Their group then.", max_length=100, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="person",
            field=models.CharField(blank=True, help_text="Their name then.", max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="reference",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Of the row that it tells of.", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="rows",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                help_text="The contacts that came together in one text.",
                null=True,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="rows_digest",
            field=models.BigIntegerField(blank=True, help_text="Of what the text takes of these.", null=True),
        ),
        migrations.AddField(
            model_name="reminderkey",
            name="reference",
            field=models.CharField(
                db_default="",
                default="",
                help_text="Empty: of every row of the number, as before its group had a key.",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="reminderkey",
            name="told_by",
            field=models.CharField(
                db_default="", default="", help_text="The reference of the text that tells of it.", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="by_number",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A group of it had a key when planning began: all are read together in the order of the number.",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="check_rows",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A frozen audience with keys: when a batch is claimed a row must still be there, with its number.",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="one_text_for",
            field=models.CharField(
                choices=[("row", "Each row"), ("number", "Each number")],
                db_default="number",
                default="number",
                help_text="As the campaign had it when planning began.",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="people",
            field=models.PositiveIntegerField(help_text="Distinct numbers; empty: as many as texts.", null=True),
        ),
        migrations.AlterField(
            model_name="deliveryreport",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("waiting", "Waiting for its message"),
                    ("applied", "Applied"),
                    ("conflict", "The id is known for another phone, or for two texts of this one"),
                    ("unreadable", "Could not be read"),
                    ("failed", "Set aside"),
                    ("unmatched", "No message was found"),
                ],
                default="new",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="deliveryreport",
            name="bound",
            field=models.CharField(
                blank=True,
                choices=[
                    ("id", "By its id"),
                    ("phone", "By its phone: the only text it can mean"),
                    ("among", "By its phone: as many reports as texts it can mean"),
                ],
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="audience",
            field=models.PositiveIntegerField(default=0, help_text="Texts."),
        ),
        migrations.AlterField(
            model_name="run",
            name="cursor_contact",
            field=models.BigIntegerField(
                default=0, help_text="The last contact planned of the next one; `by_number` the last number planned."
            ),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
