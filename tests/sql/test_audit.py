"""Entries of the audit stay as they were written; what stood in them of people before is gone."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.audit import forget_before, record
from accounts.models import ApiKey, AuditEntry, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET act = 'nothing'",
        "DELETE FROM accounts_auditentry",
        "TRUNCATE accounts_auditentry",
        "WITH gone AS (DELETE FROM accounts_auditentry RETURNING 1) SELECT count(*) FROM gone",
    ],
)
def test_no_statement_changes_an_entry_or_takes_it_away(statement):
    record("campaign paused", "campaign 1")
    refused = pytest.raises(IntegrityError, match="neither changed nor taken away")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().act == "campaign paused"


def test_the_oldest_are_forgotten_some_at_a_time():
    now = timezone.now()
    for days in (1, 400, 500, 600):
        AuditEntry.objects.create(act=str(days), at=now - timedelta(days=days))
    assert forget_before(now - timedelta(days=300), 2) == 2
    assert forget_before(now - timedelta(days=300), 2) == 1
    assert forget_before(now - timedelta(days=300), 2) == 0
    assert AuditEntry.objects.get().act == "1"


def test_an_entry_outlives_whoever_did_it():
    jane = User.objects.create(username="jane")
    key, _ = ApiKey.make("a script", owner=jane)
    record("campaign paused", "campaign 1", user=jane)
    record("campaign paused", "campaign 1", api_key=key)
    ids = jane.pk, key.pk
    key.delete()
    jane.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    entries = AuditEntry.objects.select_related("user", "api_key").order_by("pk")
    assert [(one.user_id, one.api_key_id) for one in entries] == [(ids[0], None), (None, ids[1])]
    assert [(one.user, one.api_key) for one in entries] == [(None, None)] * 2


def test_numbers_and_names_go_from_the_entries_that_stand():
    migration = import_module("accounts.migrations.0005_audit_for_good")
    olive = User.objects.create(username="olive")
    old = [
        ("own phone confirmed", "person 3", {"old": "254711000001", "new": "254733000001"}),
        ("own phone removed", "person 3", {"old": "254711000001", "new": ""}),
        ("phone of a person changed", "person 3", {"old": "", "new": "254711000001"}),
        ("opted out", "phone 254711000001", {"scope": "all", "reason": "Replied “I am Jane, stop”"}),
        ("opt-out taken back", "phone 254711000001", {"scope": "all", "reason": "asked by mail"}),
        ("contact deleted", "phone 254711000001", {"groups": ["Loans"]}),
        ("API key made", "key 1", {"name": "crm", "owner": "olive"}),
        ("API key made", "key 2", {"name": "crm", "owner": "gone"}),
        ("segment made", "segment Owing", {"filter": [{"field": "name", "op": "=", "value": "Jane"}]}),
        ("rule changed", "daily_limit", {"before": "off", "after": "5.00"}),
        ("contacts: export", "group Loans", {"job": 1}),
        ("campaign launched", "campaign 12", {}),
    ]
    for act, about, detail in old:
        AuditEntry.objects.create(act=act, about=about, detail=detail)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER USER")
        cursor.execute(migration.MEND)
    assert list(AuditEntry.objects.order_by("pk").values_list("kind", "about", "detail")) == [
        ("people", "person 3", {}),
        ("people", "person 3", {}),
        ("people", "person 3", {}),
        ("opt-outs", "opt-out", {"scope": "all"}),
        ("opt-outs", "opt-out", {"scope": "all", "reason": "asked by mail"}),
        ("contacts", "contact", {"groups": ["Loans"]}),
        ("keys", "key 1", {"name": "crm", "owner": olive.pk}),
        ("keys", "key 2", {"name": "crm"}),
        ("contacts", "segment Owing", {"filter": [{"field": "name", "op": "="}]}),
        ("settings", "rule daily_limit", {"before": "off", "after": "5.00"}),
        ("exports", "group Loans", {"job": 1}),
        ("campaigns", "campaign 12", {}),
    ]
