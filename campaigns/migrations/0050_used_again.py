"""Campaigns for the same people as an earlier run, and campaigns that are put away."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0049_old_conversations")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="archived_at",
            field=models.DateTimeField(
                blank=True, null=True, help_text="Of one that is over: since when it is put away."
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="only",
            field=models.CharField(
                blank=True,
                choices=[
                    ("failed", "Those who failed for a passing reason"),
                    ("left_out", "Those who were left out for want of a value"),
                    ("same", "The same people"),
                ],
                max_length=8,
            ),
        ),
    ]
