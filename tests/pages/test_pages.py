"""Each page as a stranger, a viewer and a manager; wrong ids and methods; the builder step by step."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from campaigns import planning
from campaigns.models import Campaign, MessageTemplate, Run, Sender
from contacts.models import Contact, ContactField
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db

SHOWN = ["home", "campaign-list", "message-list", "template-list", "settings", "profile"]
NEED_ONE = ["campaign-who", "campaign-what", "campaign-when", "campaign-check", "campaign-delete"]
POST_ONLY = ["campaign-launch", "campaign-pause", "campaign-resume", "campaign-cancel", "campaign-preview"]
POST_ONLY += ["campaign-set-back", "campaign-archive", "campaign-take-out"]
NASTY = '<img src=x onerror=alert(1)>"><b>'


@pytest.mark.parametrize("name", SHOWN)
def test_a_stranger_is_led_to_the_sign_in_page(sign_in, name):
    response = sign_in().get(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in")


@pytest.mark.parametrize("name", SHOWN)
def test_a_manager_sees_the_page(sign_in, name):
    assert sign_in(Role.MANAGER).get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", [*NEED_ONE, "campaign-detail", "campaign-messages", "campaign-export"])
def test_what_is_not_there_is_404(sign_in, name):
    assert sign_in(Role.ADMINISTRATOR).get(reverse(name, args=[999])).status_code == 404


@pytest.mark.parametrize("name", POST_ONLY)
def test_what_changes_something_is_not_had_by_a_link(sign_in, name):
    campaign = make_campaign(make_group(contacts=1))
    assert sign_in(Role.ADMINISTRATOR).get(reverse(name, args=[campaign.pk])).status_code == 405


@pytest.mark.parametrize("name", [*NEED_ONE, "campaign-launch"])
def test_a_viewer_may_not_write(sign_in, name):
    campaign = make_campaign(make_group(contacts=1))
    assert sign_in(Role.VIEWER).post(reverse(name, args=[campaign.pk])).status_code == 403
    campaign.refresh_from_db()
    assert campaign.is_draft


def test_a_composer_may_write_and_not_send(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    client = sign_in(Role.COMPOSER)
    assert client.get(reverse("campaign-check", args=[campaign.pk])).status_code == 200
    assert client.post(reverse("campaign-launch", args=[campaign.pk])).status_code == 403
    assert not Run.objects.exists()


def test_who_was_signed_out_in_the_middle_is_moved_by_htmx_too(sign_in):
    response = sign_in().get(reverse("home"), headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Redirect"].startswith("/sign-in")


def test_a_campaign_is_built_section_by_section_and_sent_once(sign_in):
    group, sender = make_group("Loans", contacts=5), make_sender("LENDER")
    client = sign_in(Role.MANAGER)
    client.post(reverse("campaign-create"), {"name": "November", "kind": "transactional"})
    campaign = Campaign.objects.get()
    pages = {name: reverse(f"campaign-{name}", args=[campaign.pk]) for name in ("who", "what", "when", "check")}
    who = {"version": 1, "groups": [group.pk], "field_0": "balance", "op_0": ">", "value_0": "0"}
    assert client.post(pages["who"], who)["Location"] == pages["what"]
    what = {
        "version": 2, "text": "Dear <name>, KES <balance>", "sender": sender.pk, "kind": "transactional",
        "missing_values": "skip",
    }  # fmt: skip
    assert client.post(pages["what"], what)["Location"] == pages["when"]
    assert client.post(pages["when"], {"version": 3, "when": "now", "uncertain": "hold"})["Location"] == pages["check"]
    page = read(client.get(pages["check"]))
    assert "Send 5 texts for about KES 3.00" in page
    launch = reverse("campaign-launch", args=[campaign.pk])
    detail = reverse("campaign-detail", args=[campaign.pk])
    assert client.post(launch, {"version": 4})["Location"] == detail
    assert client.post(launch, {"version": 4})["Location"] == detail
    assert Run.objects.count() == 1
    assert client.get(pages["who"])["Location"] == detail


def test_a_stale_page_sends_nothing(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    client = sign_in(Role.MANAGER)
    Campaign.objects.update(version=7)
    client.post(reverse("campaign-launch", args=[campaign.pk]), {"version": 6})
    assert not Run.objects.exists()


def test_two_people_on_one_draft_see_each_other_s_change(sign_in):
    group = make_group(contacts=1)
    campaign = make_campaign(group)
    client = sign_in(Role.MANAGER)
    page = reverse("campaign-what", args=[campaign.pk])
    body = {"sender": campaign.sender_id, "kind": "transactional", "missing_values": "skip"}
    client.post(page, body | {"version": 1, "text": "first"})
    client.post(page, body | {"version": 1, "text": "second"})
    campaign.refresh_from_db()
    assert campaign.text == "first"


@pytest.mark.parametrize(
    "change, words",
    [
        ({"text": "Dear <balnce>"}, "Did you mean &lt;balance&gt;?"),
        ({"text": ""}, "Write the text."),
        ({"sender": None}, "Choose a sender ID."),
        ({"send_at": "2020-01-01T00:00Z"}, "The time to send at has passed"),
    ],
)
def test_what_stands_in_the_way_is_said_and_there_is_no_send_button(sign_in, change, words):
    campaign = make_campaign(make_group(contacts=1))
    Campaign.objects.update(**change)
    client = sign_in(Role.MANAGER)
    page = client.get(reverse("campaign-check", args=[campaign.pk])).content.decode()
    assert words in page
    assert "btn-lg" not in page
    client.post(reverse("campaign-launch", args=[campaign.pk]), {"version": 1})
    assert not Run.objects.exists()


def test_nobody_to_send_to_is_a_blocker(sign_in):
    campaign = make_campaign(make_group())
    page = sign_in(Role.MANAGER).get(reverse("campaign-check", args=[campaign.pk])).content.decode()
    assert "There is nobody to send to" in page


def test_people_without_a_value_are_shown_before_sending(sign_in):
    group = make_group(contacts=3)
    make_contact(group, name="John")
    page = sign_in(Role.MANAGER).get(reverse("campaign-check", args=[make_campaign(group).pk])).content.decode()
    assert "1: has no balance" in page


def test_a_broken_text_keeps_what_was_typed(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    body = {"version": 1, "text": "Dear <name", "kind": "transactional", "missing_values": "skip"}
    page = sign_in(Role.MANAGER).post(reverse("campaign-what", args=[campaign.pk]), body).content.decode()
    assert "Dear &lt;name</textarea>" in page
    assert "Close it with &gt;" in page


@pytest.mark.django_db(transaction=True)
def test_the_page_and_the_fragment_tell_the_same(sign_in):
    run = make_run(make_campaign(make_group(contacts=3), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    client, address = sign_in(Role.VIEWER), reverse("campaign-detail", args=[run.campaign_id])
    page = client.get(address).content.decode()
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert fragment.strip() in page
    assert "hx-trigger" in fragment
    Run.objects.update(status=Run.Status.FINISHED)
    assert "hx-trigger" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["campaign-detail", "campaign-messages"])
def test_values_and_names_are_only_data(sign_in, name):
    group = make_group("g")
    ContactField.objects.filter(group=group).update(label=NASTY)
    make_contact(group, name=NASTY, balance="1.00")
    run = make_run(make_campaign(group, name=NASTY, status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    page = sign_in(Role.MANAGER).get(reverse(name, args=[run.campaign_id])).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.django_db(transaction=True)
def test_the_log_is_searched_by_a_number_however_it_is_written_and_paged(sign_in):
    group = make_group(contacts=120)
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    client = sign_in(Role.VIEWER)
    phone = Contact.objects.first().phone
    page = client.get(reverse("message-list"), {"q": f"0{phone[3:6]} {phone[6:9]} {phone[9:]}"}).content.decode()
    assert page.count("<tr>") == 2
    first = client.get(reverse("message-list"))
    second = client.get(reverse("message-list") + first.context["page"].next_url)
    assert not {one.pk for one in first.context["page"].rows} & {one.pk for one in second.context["page"].rows}


@pytest.mark.django_db(transaction=True)
def test_the_export_makes_formulas_harmless(sign_in):
    group = make_group("g")
    make_contact(group, name="=HYPERLINK(1)", balance="1.00")
    run = make_run(make_campaign(group, text="<name>", status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    response = sign_in(Role.MANAGER).get(reverse("campaign-export", args=[run.campaign_id]))
    assert "'=HYPERLINK(1)" in response.getvalue().decode()


def test_templates_are_kept_with_their_grammar_checked(sign_in):
    client = sign_in(Role.COMPOSER)
    assert client.post(reverse("template-create"), {"name": "a", "text": "Dear <name"}).status_code == 200
    client.post(reverse("template-create"), {"name": "a", "text": "Dear <name>"})
    assert MessageTemplate.objects.get().text == "Dear <name>"


def test_an_administrator_adds_a_sender(sign_in):
    body = {"name": "NEW_ID", "service_id": "0", "use": "both", "price": "0.5", "is_default": "on"}
    assert sign_in(Role.MANAGER).post(reverse("sender-create"), body).status_code == 403
    make_sender("OLD", is_default=True)
    sign_in(Role.ADMINISTRATOR).post(reverse("sender-create"), body)
    assert Sender.objects.get(is_default=True).name == "NEW_ID"


@pytest.mark.parametrize(
    "name, may_be",
    [
        ("A", True), ("LENDER_2-KE", True), ("Loans Ke", True), ("loans ke", True), ("ELEVEN_CHAR", True),
        ("TWELVE_CHARS", False), ("Lender!", False), ("Ng’ombe", False), ("Café", False), (" ", False),
        ("Loans KE", False),
    ],
)  # fmt: skip
def test_a_sender_id_is_written_as_operators_register_it_and_its_case_counts(sign_in, name, may_be):
    make_sender("Loans KE")
    body = {"name": name, "service_id": "0", "use": "both", "price": "0.5"}
    sign_in(Role.ADMINISTRATOR).post(reverse("sender-create"), body)
    assert (Sender.objects.count() == 2) is may_be
    assert not may_be or Sender.objects.filter(name=name).exists()


def test_an_api_key_is_shown_once(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    page = client.post(reverse("api-keys"), {"name": "script", "role": "manager"}).content.decode()
    assert "qsms_live_" in page.split("</code>")[0]
    assert client.get(reverse("api-keys")).content.decode().count("not shown again") == 0


def test_health_is_told_to_anybody(client, db):
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["migrations"]) == (200, "ok", "ok")


def test_a_password_is_not_guessed_for_ever(client, db):
    from accounts.models import User

    User.objects.create_user("jane", password="right horse battery")
    for _ in range(10):
        client.post("/sign-in", {"username": "jane", "password": "wrong"})
    response = client.post("/sign-in", {"username": "jane", "password": "right horse battery"})
    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_a_template_is_seen_as_people_of_the_chosen_group_would_get_it(sign_in):
    make_group("Zebra club", fields={"stripes": "integer"})
    group = make_group("Aardvarks")
    make_contact(group, name="Jane Wanjiru", balance="5000.00")
    make_contact(group, name="John Otieno", balance="70.00")
    client = sign_in(Role.COMPOSER)
    asked = {"text": "Dear <name>, KES <balance>", "group": group.pk}
    first = client.post(reverse("template-preview"), asked)
    assert "Dear Jane Wanjiru, KES 5,000.00" in first.content.decode()
    assert "&lt;due_date&gt;" in first.content.decode()
    person = first.context["preview"].person
    following = client.post(reverse("template-preview"), {**asked, "person": person, "show": "next"})
    assert "Dear John Otieno, KES 70.00" in following.content.decode()


def test_a_preview_without_scripts_keeps_what_was_typed_and_saves_nothing(sign_in):
    group = make_group(contacts=1)
    page = sign_in(Role.COMPOSER).post(
        reverse("template-create"), {"name": "Due", "text": "Dear <nane>", "group": group.pk, "preview": "1"}
    )
    assert "Dear &lt;nane&gt;</textarea>" in page.content.decode()
    assert "nane" in page.context["preview"].problems[0].problem.words
    assert not MessageTemplate.objects.exists()


def test_before_anything_is_written_nobody_is_said_to_be_left_out(sign_in):
    make_group(contacts=1)
    page = sign_in(Role.COMPOSER).get(reverse("template-create")).content.decode()
    assert "left out" not in page
    assert "write a text to see it here" in page


@pytest.mark.parametrize("chosen", ["", "999999", "x", "9" * 40])
def test_a_template_can_be_written_where_there_is_no_such_group(sign_in, chosen):
    page = sign_in(Role.COMPOSER).post(reverse("template-preview"), {"text": "Dear <name>", "group": chosen})
    assert page.status_code == 200


def test_the_practice_banner_leads_to_the_phone(sign_in, settings):
    settings.PRACTICE, settings.QSMS_BASE_URL = True, "http://127.0.0.1:9"
    page = sign_in(Role.VIEWER).get(reverse("home")).content.decode()
    assert 'href="http://127.0.0.1:9/_simulator/"' in page


@pytest.mark.parametrize(
    "path", ["/?q=%00", "/campaigns/?q=%00", "/contacts/?q=%00", "/messages/?q=0712345678&status=%00"]
)
def test_a_nul_in_the_address_is_refused_and_no_error_of_ours(sign_in, path):
    assert sign_in(Role.VIEWER).get(path).status_code == 400


@pytest.mark.parametrize("number", ["x", "-1", "²", "9" * 30, ""])
def test_numbers_in_addresses_are_not_trusted(sign_in, number):
    group = make_group(contacts=1)
    campaign = make_campaign(group)
    client = sign_in(Role.COMPOSER)
    for path in (
        f"/campaigns/{campaign.pk}/what?template={number}&person={number}",
        f"/campaigns/{campaign.pk}/messages?before={number}",
        f"/contacts/{group.pk}?after={number}",
        f"/contacts/upload?group={number}",
        f"/campaigns/?before={number}&status={number}",
    ):
        assert client.get(path).status_code == 200, path


def test_a_time_in_the_far_future_is_told_where_it_was_typed(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    page = sign_in(Role.COMPOSER).post(
        reverse("campaign-when", args=[campaign.pk]),
        {"when": "later", "at": "9999-12-31T23:59", "version": campaign.version},
    )
    assert "more than two years away" in page.content.decode()


def test_the_list_of_texts_names_what_leads_to_a_person_without_one(transactional_db, sign_in):
    group = make_group()
    make_contact(group, name="Dan")
    run = make_run(make_campaign(group))
    planning.plan_run(run.pk)
    page = sign_in(Role.VIEWER).get(reverse("campaign-messages", args=[run.campaign_id])).content.decode()
    assert ">No text</a>" in page
