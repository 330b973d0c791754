"""Runs in whose place another stands, because their campaign was changed before they began.

The table of runs is small: an index of it is made in milliseconds, with whoever writes into it waiting.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0050_used_again")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="replaced",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It was prepared, and cancelled before it began, because its campaign was changed.",
            ),
        ),
        migrations.RemoveConstraint(model_name="run", name="run_occurrence_once"),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced", False)),
                fields=("campaign", "stage", "occurrence"),
                name="run_occurrence_once",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("replaced", True)), fields=["campaign"], name="run_replaced"
            ),
        ),
    ]
