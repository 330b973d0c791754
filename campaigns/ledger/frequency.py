"""Who has had as many marketing texts within seven days as the rules allow: as the claim will count them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

TOO_OFTEN = "too_often"
HAD_AS_MANY = """
SELECT phone FROM unnest(%s::varchar[]) phone
WHERE campaigns_marketing_had(phone, 0, %s, (SELECT weekly_since FROM campaigns_rules WHERE id = 1)) >= %s
"""


def had_as_many(phones: Collection[str], most: int, at: datetime) -> set[str]:
    """Those of these numbers that have had `most` or more in the seven days before `at`, as far as is known now."""
    if not phones:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(HAD_AS_MANY, [sorted(set(phones)), at, most])
        return {row[0] for row in cursor.fetchall()}
