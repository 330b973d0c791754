"""Templates on their pages: with history, copies, uses, and texts to begin with."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns.models import Campaign, MessageTemplate
from campaigns.writing import starters
from tests.makers import make_campaign, make_group
from tests.reading import read

pytestmark = pytest.mark.django_db


def test_a_template_keeps_its_history_and_an_old_version_comes_back(sign_in):
    client = sign_in(Role.COMPOSER)
    for text in ("First", "Second", "Second "):
        address = (
            reverse("template-edit", args=[one.pk]) if (one := MessageTemplate.objects.first()) else "/templates/new"
        )
        client.post(address, {"name": "Due", "text": text, "language": "en"})
    template = MessageTemplate.objects.get()
    history = reverse("template-history", args=[template.pk])
    assert [one.text for one in client.get(history).context["versions"]] == ["Second", "First"]
    client.post(reverse("template-bring-back", args=[template.pk, 1]))
    template.refresh_from_db()
    assert template.text == "First"
    assert [one.text for one in client.get(history).context["versions"]] == ["First", "Second", "First"]
    assert client.post(reverse("template-bring-back", args=[template.pk, 9])).status_code == 404
    assert sign_in(Role.VIEWER).post(reverse("template-bring-back", args=[template.pk, 1])).status_code == 403


def test_templates_are_duplicated_and_put_away(sign_in):
    client = sign_in(Role.COMPOSER)
    client.post(reverse("template-create"), {"name": "Due", "text": "Hi", "language": "sw"})
    template = MessageTemplate.objects.get()
    for _ in range(2):
        client.post(reverse("template-duplicate", args=[template.pk]))
    assert [one.name for one in MessageTemplate.objects.all()] == ["Due", "Due (2)", "Due (3)"]
    assert {one.language for one in MessageTemplate.objects.all()} == {"sw"}
    client.post(reverse("template-archive", args=[template.pk]))
    listed = [one.name for one in client.get(reverse("template-list")).context["templates"]]
    assert listed == ["Due (2)", "Due (3)"]
    assert [one.name for one in client.get("/templates/?archived").context["templates"]] == ["Due"]
    client.post(reverse("template-take-out", args=[template.pk]))
    assert len(client.get(reverse("template-list")).context["templates"]) == 3


def test_a_template_tells_its_uses_and_the_groups_that_it_fits(sign_in, loans):
    make_group("Chama", fields={})
    client = sign_in(Role.COMPOSER)
    client.post(reverse("template-create"), {"name": "Due", "text": "<name>, KES <balance>, <due_date|soon>"})
    template = MessageTemplate.objects.get()
    make_campaign(loans, template=template)
    make_campaign(loans, template=template, launched_at=timezone.now(), status=Campaign.Status.ACTIVE)
    page = read(client.get(reverse("template-list")))
    assert "Fits Loans." in page
    assert "Used by 1 campaign, last" in page
    edit = read(client.get(reverse("template-edit", args=[template.pk])))
    assert "Chama has no field &lt;balance&gt;" in edit


def test_a_campaign_remembers_the_template_that_it_began_with(sign_in, loans):
    template = MessageTemplate.objects.create(name="Due", text="Dear <name>", language="sw")
    campaign = make_campaign(loans)
    client, page = sign_in(Role.COMPOSER), reverse("campaign-what", args=[campaign.pk])
    shown = client.get(page, {"template": template.pk})
    assert shown.context["form"]["text"].value() == "Dear <name>"
    body = {"version": 1, "text": "Dear <name>!", "sender": campaign.sender_id, "kind": "transactional"}
    client.post(page, body | {"missing_values": "skip", "language": "sw", "template": template.pk})
    campaign.refresh_from_db()
    assert (campaign.template, campaign.text, campaign.language) == (template, "Dear <name>!", "sw")


def test_texts_to_begin_with_are_offered_in_both_languages(sign_in):
    assert {(one.trade, one.language.value) for one in starters.STARTERS} == {
        (trade, language) for trade in ("Lender", "School", "Clinic", "Shop", "Church") for language in ("en", "sw")
    }
    client = sign_in(Role.COMPOSER)
    page = client.get(reverse("template-starters")).content.decode()
    address = re.search(r'href="([^"]*starter=lender-due-sw)"', page)[1]
    form = client.get(address).context["form"]
    assert form["text"].value() == starters.BY_CODE["lender-due-sw"].text
    assert (form["name"].value(), form["language"].value()) == ("Mkopo unaodaiwa", "sw")
