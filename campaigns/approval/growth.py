"""Whether a run is more than what was approved, or than what needs no approval: then somebody looks before it goes."""

from __future__ import annotations

from decimal import Decimal

from campaigns.approval.as_of import why_not_as_approved
from campaigns.models import Campaign, Rules, Run


def why_to_be_approved(run: Run) -> str:
    """In words, why a planned run does not go before somebody who may approve it has let it go; empty: it may.

    Looked at when it has been planned, so that it counts who is there now and not who was when it was launched.
    """
    rules = Rules.objects.get(pk=1)
    if _is_approved(run.campaign):
        return " ".join(filter(None, [*why_not_as_approved(run, rules), _outgrown(run, rules)]))
    if rules.approval == Rules.Approval.ALWAYS:
        return "Nobody has approved it."
    return _above(run, rules) if rules.approval == Rules.Approval.ABOVE else ""


def _is_approved(campaign: Campaign) -> bool:
    return campaign.approved_people is not None and campaign.approved_cost is not None


def _outgrown(run: Run, rules: Rules) -> str:
    campaign = run.campaign
    assert campaign.approved_people is not None
    assert campaign.approved_cost is not None
    share = 1 + Decimal(rules.growth_share) / 100
    if run.reached > campaign.approved_people * share:
        approved = f"{campaign.approved_people:,} {'was' if campaign.approved_people == 1 else 'were'}"
        return f"It would go to {run.reached:,} people, and {approved} approved."
    if run.estimate > campaign.approved_cost * share:
        return f"It would cost KES {run.estimate:,.2f}, and KES {campaign.approved_cost:,.2f} were approved."
    return ""


def _above(run: Run, rules: Rules) -> str:
    if rules.approval_people is not None and run.reached > rules.approval_people:
        return f"It would go to {run.reached:,} people; above {rules.approval_people:,} somebody else approves."
    if rules.approval_cost is not None and run.estimate > rules.approval_cost:
        return f"It would cost KES {run.estimate:,.2f}; above KES {rules.approval_cost:,.2f} somebody else approves."
    return ""
