"""What became of the texts of campaigns, and what they cost: for some campaigns at once, and no text is counted.

The figures of days have them but for batches that changed since they were counted: of those the tallies are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

FIGURES = """
WITH late AS (
    SELECT b.id, r.campaign_id, coalesce((b.tally->>'delivered')::int, 0) AS delivered,
        CASE WHEN b.status IN ('ready', 'waiting') THEN 0 ELSE b.cost END AS cost
    FROM campaigns_batch b JOIN campaigns_run r ON r.id = b.run_id
    WHERE b.changes <> b.counted AND r.campaign_id = ANY(%(campaigns)s)
)
SELECT campaign, sum(delivered), sum(cost) FROM (
    SELECT campaign, delivered, cost FROM campaigns_dayfigures WHERE campaign = ANY(%(campaigns)s)
    UNION ALL SELECT campaign_id, delivered, cost FROM late
    UNION ALL SELECT l.campaign_id, -f.delivered, -f.cost FROM late l JOIN campaigns_batchfigures f ON f.batch = l.id
) t GROUP BY 1
"""


@dataclass(frozen=True)
class CampaignFigures:
    """Over all its runs: how many texts were delivered, and KES of what went or may have gone."""

    delivered: int = 0
    cost: Decimal = Decimal(0)


def figures_of(campaigns: Sequence[int]) -> dict[int, CampaignFigures]:
    """By campaign; one that is not there has had no texts."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"campaigns": list(campaigns)})
        return {pk: CampaignFigures(int(delivered), cost) for pk, delivered, cost in cursor.fetchall()}
