from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0023_approved_as_of_then")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="source",
            field=models.CharField(
                choices=[
                    ("campaign", "Campaign"),
                    ("test", "Test"),
                    ("api", "API"),
                    ("reply", "Reply"),
                    ("answer", "Answer to STOP"),
                    ("person", "Person"),
                    ("code", "Code for one's own phone"),
                ],
                default="campaign",
                max_length=8,
            ),
        ),
    ]
