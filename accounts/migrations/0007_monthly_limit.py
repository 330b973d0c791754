from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_staff")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="monthly_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="KES that they may spend in a calendar month; empty: no limit.",
                max_digits=14,
                null=True,
            ),
        ),
    ]
