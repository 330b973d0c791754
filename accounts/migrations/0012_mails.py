"""People choose of what the portal mails them. Empty: as their role has it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_calls_of_keys")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="mails",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                help_text="Of what they want a mail, where they have chosen: see `accounts.mails`.",
            ),
        ),
    ]
