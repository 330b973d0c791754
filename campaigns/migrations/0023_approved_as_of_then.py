from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0022_held_for_approval")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="approved_terms",
            field=models.JSONField(
                blank=True, default=dict, help_text="What its segments and the fields that it uses meant when approved."
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="approved_parts",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Of the longest text among those that were looked at when approved.", null=True
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="approved_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Whoever was written by then was approved, with the values of then.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="as_planned",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Where it was approved: what segments and fields meant, and who wrote how many people since.",
            ),
        ),
    ]
