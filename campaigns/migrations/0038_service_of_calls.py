"""The service id of a call is kept as the script said it; single texts are looked for without reading all of them."""

from pathlib import Path

from django.db import migrations, models

HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0034_calls_of_scripts.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0037_copies_to_the_gateway"),
    ]

    operations = [
        migrations.AddField(
            model_name="scriptcall",
            name="service_id",
            field=models.CharField(blank=True, help_text="As the script said it; it is not used.", max_length=64),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
