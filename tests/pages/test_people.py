"""The page of one number: who it is in each group, what it gets, and what was sent to it."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from campaigns import planning
from campaigns.models import Campaign, Reply
from contacts.models import ContactField, OptOut, PhoneStatus
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_row, make_run

PHONE = "254712345678"
NASTY = '<img src=x onerror=alert(1)>"><b>'

pytestmark = pytest.mark.django_db


def page_of(client, phone=PHONE):
    return client.get(reverse("person-detail", args=[phone])).content.decode()


def test_a_stranger_is_led_to_the_sign_in_page_and_a_viewer_sees_and_changes_nothing(sign_in):
    make_contact(make_group("Loans"), PHONE)
    address = reverse("person-detail", args=[PHONE])
    assert sign_in().get(address)["Location"].startswith("/sign-in")
    client = sign_in(Role.VIEWER)
    assert "0712 345 678" in page_of(client)
    assert reverse("opt-out-create") not in page_of(client)
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("written", ["abc", "0202345678", "9" * 40, "-1"])
def test_what_is_no_mobile_number_is_404(sign_in, written):
    assert sign_in(Role.VIEWER).get(reverse("person-detail", args=[written])).status_code == 404


def test_a_number_in_another_form_leads_to_the_same_page(sign_in):
    response = sign_in(Role.VIEWER).get("/people/0712 345 678")
    assert response["Location"] == reverse("person-detail", args=[PHONE])


def test_values_opt_out_death_consent_and_replies_are_told_across_groups(sign_in):
    loans, shop = make_group("Loans"), make_group("Shop", fields={"town": "text"})
    make_contact(loans, PHONE, "Jane Wanjiru", balance="5000.00", due_date="2026-12-31")
    one = make_contact(shop, PHONE, "Jane W", town="Nakuru")
    one.consent_source, one.consent_on = "shop till", "2026-03-01"
    one.save()
    OptOut.objects.create(phone=PHONE, source="reply", reason="Said STOP by text")
    PhoneStatus.objects.create(phone=PHONE, dead_since="2026-11-01T00:00Z")
    Reply.objects.create(phone=PHONE, text="STOP", did="opted_out", body={})
    page = page_of(sign_in(Role.MANAGER))
    for words in (
        "Loans", "Shop", "Jane Wanjiru", "Jane W", "5,000.00", "31 Dec 2026", "Nakuru", "shop till", "1 Mar 2026",
        "no texts", "answered stop", "dead number", "STOP", "not noted", "Text it again",
    ):  # fmt: skip
        assert words in page, words


def test_the_rows_of_a_number_stand_together_each_with_what_tells_it_apart(sign_in):
    due = {"balance": "5000.00"}
    pupils = make_family_group([(PHONE, [("1203", "Carol", due), ("1201", "Amina", due)])], name="Pupils")
    shop = make_contact(make_group("Shop"), PHONE, "Mama Amina")
    make_row(pupils, PHONE, "1202", "Brian", balance="1.00")
    page = page_of(sign_in(Role.COMPOSER))
    assert "3 rows of this number in “Pupils”" in page
    places = [page.index(words) for words in ("Amina", "1201", "Brian", "1202", "Carol", "1203")]
    assert places == sorted(places)
    assert page.index("Carol") < page.index("Mama Amina")
    first = pupils.contacts.get(reference="1201")
    assert f"{reverse('contact-create', args=[pupils.pk])}?like={first.pk}" in page
    assert reverse("contact-create", args=[shop.group_id]) not in page
    assert "Add a number" not in page_of(sign_in(Role.VIEWER))


@pytest.mark.django_db(transaction=True)
def test_every_text_to_it_is_there_with_its_campaign_page_by_page(sign_in):
    group = make_group("Loans")
    make_contact(group, PHONE, "Jane", balance="5.00")
    for number in range(3):
        run = make_run(make_campaign(group, name=f"Month {number}", status=Campaign.Status.ACTIVE))
        planning.plan_run(run.pk)
    page = page_of(sign_in(Role.VIEWER))
    assert page.count("Dear Jane, KES 5.00") == 3
    assert "Month 2" in page


def test_a_number_that_nobody_knows_is_a_page_all_the_same(sign_in):
    page = page_of(sign_in(Role.VIEWER))
    assert "in no group now" in page
    assert "Nothing yet." in page


def test_names_and_values_are_only_data(sign_in):
    group = make_group(NASTY, fields={"town": "text"})
    ContactField.objects.update(label=NASTY)
    make_contact(group, PHONE, NASTY, town=NASTY)
    OptOut.objects.create(phone=PHONE, reason=NASTY)
    assert "<img src=x" not in page_of(sign_in(Role.MANAGER))
    address = reverse("group-detail", args=[group.pk])
    page = sign_in(Role.MANAGER).get(address, {"field_0": "town", "op_0": "=", "value_0": NASTY}).content.decode()
    assert "<img src=x" not in page
    assert "1 person fits" in page


def test_somebody_nameless_is_called_by_her_number_as_it_is_dialled(sign_in):
    one = make_contact(make_group(), PHONE, name="")
    client = sign_in(Role.COMPOSER)
    for name in ("contact-edit", "contact-delete"):
        told = client.get(reverse(name, args=[one.group_id, one.pk])).content.decode()
        assert "0712 345 678" in told.split("<h1")[1].split("</h1>")[0]


def test_a_person_s_page_belongs_to_the_contacts_in_the_menu(sign_in):
    told = sign_in(Role.VIEWER).get(reverse("person-detail", args=[PHONE])).content.decode()
    assert "Contacts" in told.split('aria-current="page"')[1].split("</a>")[0]
