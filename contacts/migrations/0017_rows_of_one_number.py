"""A group may have a key, and a contact a reference. No row is rewritten: columns with constants alone."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0016_groups_that_wait")]

    operations = [
        # Whoever holds one of these tables for long would have everybody else wait behind this.
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", "SET LOCAL lock_timeout = '5s'"),
        migrations.AddField(
            model_name="contactgroup",
            name="key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="The field that tells rows of one number apart; empty: a number has one row.",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="contactgroup",
            name="keyed_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When the key was given or taken.", null=True
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="reference",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What tells it apart from other rows of its number, as `reference_of` makes it of the key field.",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What is to tell rows of one number apart in a group without a key; imported: what told them.",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="uploadchange",
            name="reference",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="uploadedpeople",
            name="rows",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                help_text="`254712345678/1201` where the group has a key; then `phones` has a number for each.",
                null=True,
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="repeats",
            field=models.CharField(
                choices=[
                    ("last", "Keep the last row"),
                    ("first", "Keep the first row"),
                    ("none", "Leave these people out"),
                    ("key", "Several rows of one person"),
                    ("ask", "Nobody has said yet"),
                ],
                default="last",
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="uploadchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("updated", "Changed"),
                    ("left", "Left the group"),
                    ("number", "Another number since"),
                    ("kept", "Changed since, and left as it is"),
                ],
                max_length=7,
            ),
        ),
    ]
