from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0020_zone_from_settings")]

    operations = [
        migrations.CreateModel(
            name="SingleCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("who", models.CharField(max_length=30)),
                ("source", models.CharField(max_length=8)),
                ("day", models.DateField()),
                ("texts", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("who", "source", "day"), name="one_count_a_day")],
            },
        ),
        migrations.AddField(
            model_name="rules",
            name="person_texts",
            field=models.PositiveIntegerField(
                blank=True,
                default=200,
                help_text="Single texts of a person a day at most; empty: no limit.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="rules",
            name="key_texts",
            field=models.PositiveIntegerField(
                blank=True, help_text="Single texts of an API key a day at most; empty: no limit.", null=True
            ),
        ),
    ]
