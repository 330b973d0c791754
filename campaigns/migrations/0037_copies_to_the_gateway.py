"""A copy of a group to the gateway: one at a time, whose turn it is, and who is left out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0036_callbacks")]

    operations = [
        migrations.AddField(
            model_name="contactpush",
            name="claim",
            field=models.PositiveIntegerField(
                default=0, help_text="Whose turn it is: an older one can write nothing more."
            ),
        ),
        migrations.AddField(
            model_name="contactpush",
            name="opted_out",
            field=models.PositiveIntegerField(default=0, help_text="Of them those that were left out as opted out."),
        ),
        migrations.AddField(
            model_name="contactpush",
            name="same_number",
            field=models.PositiveIntegerField(
                default=0, help_text="Rows that gave way to a later one of their number."
            ),
        ),
        migrations.AlterField(
            model_name="contactpush",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, help_text="Since the last slice that the gateway took."),
        ),
        migrations.AlterField(
            model_name="contactpush",
            name="lease_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Until then nobody else takes it: somebody works on it, or the gateway rests.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="contactpush",
            name="people",
            field=models.PositiveIntegerField(default=0, help_text="Numbers dealt with so far."),
        ),
        migrations.AlterField(
            model_name="contactpush",
            name="refused",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Of the first that were refused the contact, null where none is named; why.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpush",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["waiting", "working"])),
                fields=("group",),
                name="push_one_at_a_time",
            ),
        ),
    ]
