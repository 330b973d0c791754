"""Mails that tell people what has happened, and up to where they were told. Of what is over already nobody is."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0044_not_too_often"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=300)),
                ("body", models.TextField()),
                ("made_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "tried_at",
                    models.DateTimeField(blank=True, help_text="When a server was last to take it.", null=True),
                ),
                (
                    "handed_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Before a server gets it: what a worker has begun, no other begins.",
                        null=True,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("handed_at__isnull", True)), fields=["made_at"], name="notice_waits"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="run",
            name="told_as",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The status that people were mailed about last.",
                max_length=9,
            ),
        ),
        migrations.RunSQL(
            "UPDATE campaigns_run SET told_as = 'finished' WHERE status = 'finished'", migrations.RunSQL.noop
        ),
        migrations.AddField(
            model_name="gate",
            name="low_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when the balance is below the sum of the rules; empty: it is not.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="gate",
            name="told_halted_at",
            field=models.DateTimeField(
                blank=True, help_text="`halted_at` of the stop that people were mailed about last.", null=True
            ),
        ),
        migrations.AddField(
            model_name="rules",
            name="low_balance",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="KES below which people are told.",
                max_digits=14,
                null=True,
            ),
        ),
    ]
