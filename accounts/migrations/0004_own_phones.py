import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Numbers from before were typed and never shown to be the person's own: they are not confirmed."""

    dependencies = [("accounts", "0003_owners_of_keys")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="phone_confirmed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the code that was texted to it came back; empty: no test goes there.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="PhoneCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", models.CharField(max_length=15)),
                ("salt", models.CharField(max_length=32)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("wrong", models.PositiveSmallIntegerField(default=0, help_text="How often another one was typed.")),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phone_code",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
