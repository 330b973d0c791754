"""The service id of a call is kept as the script said it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0035_batches_of_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="scriptcall",
            name="service_id",
            field=models.CharField(blank=True, help_text="As the script said it; it is not used.", max_length=64),
        ),
    ]
