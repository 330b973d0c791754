"""What one does with a campaign beside sending it: use it again, make a draft of it, put it away."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import archive, draft
from campaigns.actions.copy import proposed_name, use_again
from campaigns.actions.set_back import back_to_draft
from campaigns.approval.authors import NotAllowed
from campaigns.forms.again import AgainForm
from campaigns.models import Campaign, Run
from campaigns.models.run import latest_run
from campaigns.models.transitions import NotPossible
from lib.row_ids import row_id


@role_required(Role.COMPOSER)
def campaign_copy(request: Request, pk: int) -> HttpResponse:
    """A new draft like it, for its groups as they are then or for the people of a run that has ended."""
    campaign = get_object_or_404(Campaign, pk=pk)
    run = latest_run(campaign, row_id(request.GET.get("run")))
    if run is not None and not (run.status == Run.Status.FINISHED and run.reached):
        run = None
    form = AgainForm(campaign, proposed_name(campaign, timezone.now()), run, request.POST or None)
    if request.method == "POST" and form.is_valid():
        same = run if form.wants_the_same else None
        try:
            made = use_again(campaign, name=form.cleaned_data["name"], of_run=same, user=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
            return redirect("campaign-detail", pk=pk)
        messages.success(request, "Here is the new draft. Nothing goes before you send it.")
        return redirect("campaign-check", pk=made.pk)
    return render(request, "campaigns/campaign_copy.html", {"campaign": campaign, "form": form})


@require_POST
@role_required(Role.COMPOSER)
def campaign_set_back(request: Request, pk: int) -> HttpResponse:
    """Of what is scheduled and has not begun a draft again, with its time."""
    get_object_or_404(Campaign, pk=pk)
    try:
        back_to_draft(pk, user=request.user)
    except NotAllowed as error:
        raise PermissionDenied(f"This is for {Role.MANAGER.whose}.") from error
    except (NotPossible, draft.Changed) as error:
        messages.error(request, str(error))
        return redirect("campaign-detail", pk=pk)
    messages.success(request, "It is a draft again and does not go before it is sent anew. It kept its time.")
    return redirect("campaign-check", pk=pk)


@require_POST
@role_required(Role.COMPOSER)
def campaign_archive(request: Request, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    try:
        archive.archive(campaign, user=request.user)
        messages.success(request, f"“{campaign.name}” is archived. Reports count it as before.")
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("campaign-list")


@require_POST
@role_required(Role.COMPOSER)
def campaign_take_out(request: Request, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, pk=pk)
    archive.take_out(campaign, user=request.user)
    messages.success(request, f"“{campaign.name}” is in the list again.")
    return redirect("campaign-detail", pk=pk)
