"""What a report says stands in columns from when it comes in; ids are looked up together with their text."""

from django.db import migrations, models

from campaigns.gateway.reports import read_report

SLICE = 2000


def read_what_waits(apps, schema_editor):
    """Reports that came before and are still to be applied; of the others nobody asks any more."""
    reports = apps.get_model("campaigns", "DeliveryReport").objects
    changed = []
    for report in reports.filter(state__in=["new", "waiting"]).iterator(SLICE):
        if not isinstance(report.body, dict):
            continue
        said = read_report(report.body)
        report.reason, report.network, report.reported_at = said.reason, said.network, said.at
        changed.append(report)
    reports.bulk_update(changed, ["reason", "network", "reported_at"], SLICE)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_call_statistics")]

    operations = [
        migrations.AddField("deliveryreport", "reason", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.AddField("deliveryreport", "network", models.CharField(blank=True, db_default="", max_length=30)),
        migrations.AddField(
            "deliveryreport",
            "reported_at",
            models.DateTimeField(blank=True, help_text="When it happened, as the report says.", null=True),
        ),
        migrations.RemoveIndex("givenid", "given_id"),
        migrations.AddIndex("givenid", models.Index(fields=["gateway_id", "message"], name="given_id")),
        migrations.AddIndex(
            "deliveryreport",
            models.Index(
                fields=["state"],
                name="report_aside",
                condition=models.Q(("state__in", ["conflict", "unreadable", "failed", "unmatched"])),
            ),
        ),
        migrations.RunPython(read_what_waits, migrations.RunPython.noop),
    ]
