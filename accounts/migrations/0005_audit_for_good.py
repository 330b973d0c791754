"""The audit says from where, keeps what stands in it, and holds nothing of people any more."""

from pathlib import Path

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# What was written so far, without numbers, user names and what somebody filtered by.
MEND = """
UPDATE accounts_auditentry SET detail = detail - 'old' - 'new'
WHERE act IN ('own phone confirmed', 'own phone removed', 'phone of a person changed');
UPDATE accounts_auditentry SET about = 'opt-out', detail = detail - 'reason' WHERE act = 'opted out';
UPDATE accounts_auditentry SET about = 'opt-out' WHERE act = 'opt-out taken back';
UPDATE accounts_auditentry SET about = 'contact' WHERE act = 'contact deleted';
UPDATE accounts_auditentry a SET detail = a.detail - 'owner'
    || coalesce((SELECT jsonb_build_object('owner', u.id) FROM accounts_user u
                 WHERE u.username = a.detail ->> 'owner'), '{}')
WHERE act = 'API key made';
UPDATE accounts_auditentry SET detail = jsonb_set(detail, '{filter}', coalesce(
    (SELECT jsonb_agg(one - 'value') FROM jsonb_array_elements(detail -> 'filter') one), '[]'))
WHERE act IN ('segment made', 'segment changed', 'segment deleted') AND jsonb_typeof(detail -> 'filter') = 'array';
UPDATE accounts_auditentry SET about = 'rule ' || about WHERE act = 'rule changed';
UPDATE accounts_auditentry SET kind = CASE
    WHEN act LIKE '%export%' THEN 'exports'
    ELSE coalesce('{"campaign": "campaigns", "message": "texts", "reply": "texts", "template": "templates",
        "group": "contacts", "contact": "contacts", "segment": "contacts", "upload": "uploads",
        "opt-out": "opt-outs", "file": "opt-outs", "person": "people", "key": "keys", "rule": "settings",
        "sender": "settings"}'::jsonb ->> split_part(about, ' ', 1), 'portal')
    END;
"""
FUNCTIONS = Path(__file__).with_suffix(".sql").read_text()
WITHOUT = """
DROP TRIGGER accounts_entries_kept ON accounts_auditentry;
DROP TRIGGER accounts_entries_not_emptied ON accounts_auditentry;
DROP FUNCTION accounts_keep_entries();
DROP FUNCTION accounts_forget_entries(timestamptz, integer);
"""


def without_a_constraint(model):
    return models.ForeignKey(
        blank=True, db_constraint=False, db_index=False, null=True, related_name="+", to=model,
        on_delete=django.db.models.deletion.DO_NOTHING,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_own_phones")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="address",
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="command",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Of manage.py: setting.", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("campaigns", "Campaigns"),
                    ("texts", "Single texts and replies"),
                    ("templates", "Templates"),
                    ("contacts", "Contacts, groups and segments"),
                    ("uploads", "Uploads"),
                    ("opt-outs", "Opt-outs"),
                    ("exports", "Exports"),
                    ("sign-ins", "Sign-ins"),
                    ("people", "People and roles"),
                    ("keys", "API keys"),
                    ("settings", "Rules and sender IDs"),
                    ("portal", "Stops and backups"),
                ],
                db_default="portal",
                max_length=9,
            ),
        ),
        migrations.AlterField("auditentry", "api_key", without_a_constraint("accounts.apikey")),
        migrations.AlterField("auditentry", "user", without_a_constraint(settings.AUTH_USER_MODEL)),
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AlterField(
            "auditentry", "at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)
        ),
        migrations.AddIndex("auditentry", models.Index(fields=["kind", "-id"], name="audit_kind")),
        migrations.AddIndex("auditentry", models.Index(fields=["user", "kind", "-id"], name="audit_user")),
        migrations.AddIndex("auditentry", models.Index(fields=["api_key", "kind", "-id"], name="audit_key")),
        migrations.AddIndex(
            "auditentry", models.Index(fields=["kind", "-id"], condition=~models.Q(command=""), name="audit_command")
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(
                fields=["kind", "-id"], condition=models.Q(user=None, api_key=None, command=""), name="audit_portal"
            ),
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["-id"], condition=models.Q(act__endswith=" deleted"), name="audit_deleted"),
        ),
        migrations.RunSQL(FUNCTIONS, WITHOUT),
    ]
