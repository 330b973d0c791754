"""A reply that may mean STOP waits for a person, and a claim keeps marketing from its number until then."""

from pathlib import Path

from django.db import migrations, models

BEFORE = Path(__file__).with_name("0005_sending_functions.sql").read_text()
CLAIM = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0027_zero_amounts")]

    operations = [
        migrations.AddField(
            model_name="reply",
            name="reading",
            field=models.CharField(
                blank=True,
                choices=[
                    ("read_as_stop", "Read as STOP"),
                    ("waits", "Waits for a person"),
                    ("meant_stop", "Meant STOP"),
                    ("no_stop", "Meant no STOP"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(
                condition=models.Q(reading__in=["read_as_stop", "waits"]),
                fields=["-reading", "-id"],
                name="reply_to_be_read",
            ),
        ),
        migrations.RunSQL(CLAIM, BEFORE),
    ]
