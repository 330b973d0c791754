"""A field may be called otherwise than its key. No contact is rewritten: the key stays where the values stand."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0018_one_row_a_reference")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", "SET LOCAL lock_timeout = '5s'"),
        migrations.AddField(
            model_name="contactfield",
            name="chosen_name",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Empty: it is called by its key.", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="contactfield",
            name="former_names",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                help_text="They mean it for ever.",
                null=True,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="contactfield",
            constraint=models.UniqueConstraint(
                condition=models.Q(("chosen_name", ""), _negated=True),
                fields=("group", "chosen_name"),
                name="contact_field_name",
            ),
        ),
    ]
