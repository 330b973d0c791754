"""On whose limit of the month a campaign counts; of those there are, whoever asked for them last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_monthly_limit"),
        ("campaigns", "0030_second_factor_rule"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="expected_cost",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="KES of a run, when that limit was looked at.",
                max_digits=14,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="spender",
            field=models.ForeignKey(
                blank=True,
                help_text="On whose limit of the month its runs count: who launched it or asked for approval, a key's owner.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="singlecount",
            name="cost",
            field=models.DecimalField(
                db_default=0, decimal_places=4, default=0, help_text="KES, as expected.", max_digits=14
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE campaigns_campaign c SET spender_id = u.id
            FROM accounts_user u WHERE u.id = (
                SELECT coalesce(a.user_id, k.owner_id)
                FROM accounts_auditentry a LEFT JOIN accounts_apikey k ON k.id = a.api_key_id
                WHERE a.about = 'campaign ' || c.id AND a.act IN ('campaign launched', 'approval asked for')
                ORDER BY a.id DESC LIMIT 1
            );
            SET CONSTRAINTS ALL IMMEDIATE;
            """,
            migrations.RunSQL.noop,
        ),
    ]
