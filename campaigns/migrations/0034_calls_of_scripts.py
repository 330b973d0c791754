"""Scripts call as they call the gateway: their calls, what waits for its date, and what is told to them."""

from pathlib import Path

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0032_rows_of_one_number.sql").read_text() + (HERE / "0019_settle_attempt.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_keys_call_back"),
        ("campaigns", "0033_one_text_a_row"),
        ("contacts", "0018_one_row_a_reference"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Whoever holds one of these tables for long would have everybody else wait behind this.
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", "SET LOCAL lock_timeout = '5s'"),
        migrations.CreateModel(
            name="Callback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "message",
                    models.BigIntegerField(blank=True, help_text="The text's id; no constraint: texts go.", null=True),
                ),
                (
                    "reply",
                    models.BigIntegerField(blank=True, help_text="The reply's id, where it tells of one.", null=True),
                ),
                ("event", models.CharField(help_text="The text's status then; `reply`, `test`.", max_length=11)),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("detail", models.CharField(blank=True, help_text="The gateway's own words then.", max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, help_text="When that became of it.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("delivered", "Taken"),
                            ("given_up", "Given up"),
                            ("dropped", "Not posted"),
                        ],
                        db_default="pending",
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("next_try_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="What was answered last, or what went wrong.",
                        max_length=200,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ContactPush",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.CharField(help_text="The group's name when it was ordered.", max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("working", "Going on"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                (
                    "cursor",
                    models.BigIntegerField(default=0, help_text="The last contact that the gateway answered for."),
                ),
                ("people", models.PositiveIntegerField(default=0, help_text="Dealt with so far.")),
                ("expected", models.PositiveIntegerField(default=0)),
                (
                    "refused",
                    models.JSONField(
                        blank=True, default=list, help_text="The first of those that were refused, and why."
                    ),
                ),
                ("refused_count", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "contact pushes",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ScriptCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("texts", models.PositiveIntegerField(help_text="Those that were taken.")),
                (
                    "due_at",
                    models.DateTimeField(blank=True, help_text="Its date, if it was to wait for one.", null=True),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="api_key",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Whose text, or whose campaign's, this is: what becomes of it is told to that key.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.apikey",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="not_after",
            field=models.DateTimeField(
                blank=True, help_text="What a script dated is left out as too late from then on.", null=True
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="made_by_key",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="What becomes of its texts is told to this key.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.apikey",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="calls_back",
            field=models.BooleanField(
                blank=True, help_text="What becomes of it is posted to its batch's key. NULL: to nobody.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="batch",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting for its date"),
                    ("ready", "Ready"),
                    ("sending", "Sending"),
                    ("settled", "Settled"),
                    ("uncertain", "Not known"),
                    ("cancelled", "Cancelled"),
                ],
                default="ready",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="api_key",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="callbacks",
                to="accounts.apikey",
            ),
        ),
        migrations.AddField(
            model_name="contactpush",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contactpush",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="pushes",
                to="contacts.contactgroup",
            ),
        ),
        migrations.AddField(
            model_name="scriptcall",
            name="api_key",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="accounts.apikey",
            ),
        ),
        migrations.AddField(
            model_name="scriptcall",
            name="sender",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="campaigns.sender"
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="script_call",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="batches",
                to="campaigns.scriptcall",
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(fields=["api_key", "-id"], name="callback_of_key"),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("status", "pending")), fields=["message", "id"], name="callback_of_text"
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("status", "pending")), fields=["next_try_at"], name="callback_pending"
            ),
        ),
        migrations.AddIndex(
            model_name="contactpush",
            index=models.Index(
                condition=models.Q(("status__in", ["waiting", "working"])),
                fields=["created_at"],
                name="push_unfinished",
            ),
        ),
        migrations.AddIndex(
            model_name="scriptcall",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="script_call_due"
            ),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
