"""How many single texts somebody has had sent on a day; people and scripts each have a number not to be passed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection, models

# One statement: of two at the same moment the second waits for the first and sees its count.
COUNT = """
INSERT INTO campaigns_singlecount (who, source, day, texts, cost) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (who, source, day) DO UPDATE SET texts = campaigns_singlecount.texts + excluded.texts,
    cost = campaigns_singlecount.cost + excluded.cost
WHERE campaigns_singlecount.texts + excluded.texts <= %s
"""


class SingleCount(models.Model):
    """`who` is `user:3` or `key:5`; `source` as of a message; a test is counted as one and among the person's texts.

    Its `cost` counts once: among the person's texts.
    """

    who = models.CharField(max_length=30)
    source = models.CharField(max_length=8)
    day = models.DateField()
    texts = models.PositiveIntegerField()
    cost = models.DecimalField(max_digits=14, decimal_places=4, default=0, db_default=0, help_text="KES, as expected.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "source", "day"], name="one_count_a_day")]

    def __str__(self) -> str:
        return f"{self.who}: {self.texts} on {self.day}"


def count_texts_of(who: str, source: str, day: date, most: int | None, cost: Decimal, texts: int = 1) -> bool:
    """Count more texts of that day, in the transaction under way; False where it would be more than `most`."""
    if most is not None and texts > most:
        return False
    with connection.cursor() as cursor:
        # PostgreSQL's largest integer stands for no limit.
        cursor.execute(COUNT, [who, source, day, texts, cost, 2**31 - 1 if most is None else most])
        return bool(cursor.rowcount)
