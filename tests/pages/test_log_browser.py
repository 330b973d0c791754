"""Lists of texts in a browser, wide and on a phone: read without scrolling sideways, and nothing for axe to find."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from campaigns import planning
from campaigns.models import Message
from contacts.models import Contact
from tests.axe import violations
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("database_beside_the_browser"),
]

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def run():
    group = make_group("Clients of the north", fields={"balance": "money"})
    make_contact(group, "254712000001", "Jane Wanjiru Kamau-Otieno")
    make_contact(group, "254722000002", "John Otieno", balance="5.00")
    run = make_run(make_campaign(group, name="December balances", sender=make_sender("LENDER"), status="active"))
    planning.plan_run(run.pk)
    return run


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_hangs_over(run, chromium, live_server, sign_in, viewport):
    jane = Contact.objects.get(phone="254712000001")
    text = Message.objects.get(phone=jane.phone)
    page = signed_in(chromium, live_server, sign_in(Role.MANAGER), viewport=viewport).new_page()
    form = reverse("contact-edit", args=[jane.group_id, jane.pk])
    for address in (
        reverse("message-list"),
        f"{reverse('message-list')}?status=skipped&q=wanj",
        f"{reverse('message-list')}?from=nonsense",
        reverse("campaign-messages", args=[run.campaign_id]),
        reverse("message-detail", args=[text.pk]),
        reverse("person-detail", args=[jane.phone]),
        f"{form}?next=/messages/",
    ):
        page.goto(address)
        sideways = page.evaluate(
            "() => [document.documentElement, ...document.querySelectorAll('.table-wide')]"
            ".some(one => one.scrollWidth > one.clientWidth)"
        )
        assert not sideways, address
        assert violations(page) == [], address
    page.context.close()


def test_somebody_is_mended_from_the_list(run, chromium, live_server, sign_in):
    page = signed_in(chromium, live_server, sign_in(Role.COMPOSER), viewport=NARROW).new_page()
    page.goto(f"{reverse('message-list')}?status=skipped")
    page.get_by_role("link", name="Mend").click()
    page.get_by_label("balance").fill("500")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/messages/?status=skipped")
    assert Contact.objects.get(phone="254712000001").values["balance"] == "500.00"
    page.context.close()
