"""The outbox of callbacks is written by triggers of the texts; who posts it, and which addresses rest, has its rows."""

from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

NOTE = Path(__file__).with_suffix(".sql").read_text()
NOT_NOTED = """
DROP TRIGGER note_callbacks ON campaigns_message; DROP TRIGGER note_new_callback ON campaigns_message;
DROP FUNCTION campaigns_note_callbacks(); DROP FUNCTION campaigns_note_new_callback()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_keys_call_back"),
        ("campaigns", "0035_batches_of_calls"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallbackPoster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("turn", models.BigIntegerField(default=0)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CallbackReceiver",
            fields=[
                (
                    "api_key",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="callback_receiver",
                        serialize=False,
                        to="accounts.apikey",
                    ),
                ),
                (
                    "strikes",
                    models.PositiveIntegerField(
                        default=0, help_text="Failures since it last took one; no answer counts two."
                    ),
                ),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("rests", models.PositiveSmallIntegerField(default=0, help_text="In a row; each lasts longer.")),
                ("rests_until", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="callback",
            name="callback_pending",
        ),
        migrations.AddField(
            model_name="callback",
            name="first_try_at",
            field=models.DateTimeField(blank=True, help_text="From when on it is tried for a day.", null=True),
        ),
        migrations.AlterField(
            model_name="callback",
            name="api_key",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="callbacks",
                to="accounts.apikey",
            ),
        ),
        migrations.AlterField(
            model_name="callback",
            name="detail",
            field=models.CharField(
                blank=True, db_default="", help_text="The gateway's own words then.", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="callback",
            name="event",
            field=models.CharField(help_text="The text's status then; or `reply`.", max_length=11),
        ),
        migrations.AlterField(
            model_name="callback",
            name="next_try_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now
            ),
        ),
        migrations.AlterField(
            model_name="callback",
            name="reason",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("status", "pending")), fields=["api_key", "next_try_at"], name="callback_due"
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("status", "given_up")), fields=["api_key", "-id"], name="callback_given_up"
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["at"], name="callback_at"),
        ),
        migrations.RunSQL(NOTE, NOT_NOTED),
    ]
