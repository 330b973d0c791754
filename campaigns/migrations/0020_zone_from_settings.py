from django.db import migrations, models

import campaigns.models.campaign


class Migration(migrations.Migration):
    """A campaign's zone is the portal's where none is chosen. The database has no default for it and is not changed."""

    dependencies = [
        ("campaigns", "0019_settle_attempt"),
    ]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="zone",
            field=models.CharField(default=campaigns.models.campaign.own_zone, max_length=64),
        ),
    ]
