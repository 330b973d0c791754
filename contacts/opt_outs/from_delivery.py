"""What delivery teaches of numbers: dead ones, and people whom the operator does not let us text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection

from contacts.models import OptOut
from contacts.opt_outs.many import opt_out_many

# Two permanent failures on different days without a delivery since, and the number is dead.
FAILED = """
INSERT INTO contacts_phonestatus AS p (phone, failed_on)
SELECT phone, %(day)s FROM unnest(%(phones)s::varchar[]) AS phone ORDER BY phone
ON CONFLICT (phone) DO UPDATE SET
    failed_on = coalesce(p.failed_on, excluded.failed_on),
    dead_since = coalesce(p.dead_since, CASE WHEN p.failed_on <> excluded.failed_on THEN clock_timestamp() END)
"""
DELIVERED = """
UPDATE contacts_phonestatus SET failed_on = NULL, dead_since = NULL, delivered_at = clock_timestamp()
WHERE phone IN (
    SELECT phone FROM contacts_phonestatus WHERE phone = ANY(%s) AND failed_on IS NOT NULL ORDER BY phone FOR UPDATE)
"""


def record_failures(phones: Iterable[str], day: date) -> None:
    """Count a permanent failure of `day` for these numbers (reports 15 and 23, refusal 1003)."""
    if numbers := sorted(set(phones)):
        with connection.cursor() as cursor:
            cursor.execute(FAILED, {"phones": numbers, "day": day})


def record_deliveries(phones: Iterable[str]) -> None:
    """One delivery clears whatever failures a number had."""
    if numbers := sorted(set(phones)):
        with connection.cursor() as cursor:
            cursor.execute(DELIVERED, [numbers])


def opt_out_with_operator(phones: Iterable[str], reason: str) -> None:
    """No more promotional texts to these numbers: the operator said so (reports 10, 21, 25, refusal 1012)."""
    if numbers := sorted(set(phones)):
        opt_out_many(numbers, OptOut.Scope.PROMOTIONAL, source=OptOut.Source.OPERATOR, reason=reason)
