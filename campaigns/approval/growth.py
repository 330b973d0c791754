"""Whether a run has outgrown what was approved: then a person looks before it goes."""

from __future__ import annotations

from decimal import Decimal

from campaigns.models import Rules, Run


def why_outgrown(run: Run) -> str:
    """In words, by how much a planned run is more than was approved; empty where it is not, or nothing was approved."""
    campaign = run.campaign
    if campaign.approved_people is None or campaign.approved_cost is None:
        return ""
    share = 1 + Decimal(Rules.objects.values_list("growth_share", flat=True).get(pk=1)) / 100
    if run.audience > campaign.approved_people * share:
        approved = f"{campaign.approved_people:,} {'was' if campaign.approved_people == 1 else 'were'}"
        return f"It would go to {run.audience:,} people, and {approved} approved."
    if run.estimate > campaign.approved_cost * share:
        return f"It would cost KES {run.estimate:,.2f}, and KES {campaign.approved_cost:,.2f} were approved."
    return ""
