from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0028_replies_to_read")]

    operations = [
        migrations.AddField(
            model_name="rules",
            name="audit_months",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Months that it is kept who did what; empty: for ever.", null=True
            ),
        ),
    ]
