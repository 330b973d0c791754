"""A key may have an end, a rate, and an address to which it is told what becomes of its texts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_sessions_end"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="callback_old_secret",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                help_text="The one before, which signs too while receivers are being changed.",
                max_length=300,
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="callback_secret",
            field=models.CharField(
                blank=True, db_default="", editable=False, help_text="Encrypted; signs what is posted.", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="callback_sent",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether it is told too when a text was handed to the gateway.",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="callback_url",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Where what becomes of its texts is posted; empty: nowhere.",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="calls_a_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="How often it may call in a minute; empty: no limit.", null=True
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="ends_at",
            field=models.DateTimeField(
                blank=True, help_text="It works no longer from then on; empty: always.", null=True
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="last_used_from",
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
    ]
