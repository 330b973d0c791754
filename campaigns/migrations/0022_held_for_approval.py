from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0021_single_counts")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="needs_approval",
            field=models.BooleanField(
                default=False, help_text="It is held for what was approved: only who may approve it lets it go."
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="cleared",
            field=models.BooleanField(default=False, help_text="Somebody who may approve it has let it go."),
        ),
    ]
