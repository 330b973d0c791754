"""Changing and deleting a field: who uses it is named first, and values are read anew by the new type."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from campaigns.models import Campaign, MessageTemplate
from contacts.models import Contact, ContactField
from contacts.people import retype
from contacts.people.field_names import name_field
from tests.makers import make_campaign, make_contact, make_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(sign_in):
    return sign_in("manager")


def field_of(group, key):
    return group.fields.get(key=key)


def address(name, field):
    return reverse(name, args=[field.group_id, field.pk])


def test_a_field_that_is_used_is_deleted_only_after_it_was_said_by_what(manager):
    group = make_group()
    make_campaign(group, name="Monday", text="KES <Balance>")
    make_campaign(group, name="Filtered", text="Hello", filter=[{"field": "balance", "op": ">", "value": "5"}])
    make_campaign(group, name="Over", text="KES <balance>", status=Campaign.Status.FINISHED)
    make_campaign(make_group(), name="Elsewhere", text="KES <balance>")
    MessageTemplate.objects.create(name="Reminder", text="You owe <balance:0|nothing>")
    MessageTemplate.objects.create(name="Broken", text="You owe <balance")
    page = manager.get(address("field-delete", field_of(group, "balance"))).content.decode()
    for named in ("“Monday”", "“Filtered”", "“Reminder”", "“Broken”"):
        assert named in page
    for other in ("“Over”", "“Elsewhere”"):
        assert other not in page
    assert "is used by" not in manager.get(address("field-delete", field_of(group, "due_date"))).content.decode()
    manager.post(address("field-delete", field_of(group, "balance")))
    assert not group.fields.filter(key="balance").exists()


def test_a_type_is_changed_and_its_values_with_it_once_it_was_said_what_is_lost(manager):
    group = make_group(fields={"owed": "text"})
    make_contact(group, owed="KES 1,000", branch="Nakuru")
    make_contact(group, owed="lots")
    make_campaign(group, name="Monday", text="KES <owed>")
    field = field_of(group, "owed")
    posted = {"label": "Owed", "type": "money", "options": ""}
    page = manager.post(address("field-edit", field), posted).content.decode()
    assert "“Monday”" in page and "1 value does not fit" in page and "lots" in page
    field.refresh_from_db()
    assert field.type == "text"
    assert manager.post(address("field-edit", field), posted | {"sure": "1"}).status_code == 302
    field.refresh_from_db()
    assert (field.type, field.label) == ("money", "Owed")
    assert list(Contact.objects.order_by("pk").values_list("values", flat=True)) == [
        {"owed": "1000.00", "branch": "Nakuru"},
        {},
    ]


def test_dates_that_only_fit_with_the_month_first_are_asked_about(manager):
    group = make_group(fields={"born": "text"})
    for born in ("5/3/2010", "12/24/2010"):
        make_contact(group, born=born)
    field, posted = group.fields.get(), {"label": "Born", "type": "date"}
    page = manager.post(address("field-edit", field), posted).content.decode()
    assert "12/24/2010" in page and "Is the month first?" in page and "sure" not in page
    page = manager.post(address("field-edit", field), posted | {"month_first": "no"}).content.decode()
    assert "1 value does not fit" in page and 'name="month_first" value="no"' in page
    assert manager.post(address("field-edit", field), posted | {"month_first": "yes"}).status_code == 302
    assert [one.values["born"] for one in group.contacts.order_by("pk")] == ["2010-05-03", "2010-12-24"]


def test_a_label_alone_changes_no_value(manager):
    group = make_group()
    make_contact(group, balance="1.00")
    field = field_of(group, "balance")
    assert manager.post(address("field-edit", field), {"label": "Owed", "type": "money"}).status_code == 302
    field.refresh_from_db()
    assert (field.label, field.key) == ("Owed", "balance")
    assert Contact.objects.get().values == {"balance": "1.00"}


def test_the_choices_of_a_field_are_written_one_a_line(manager):
    group = make_group(fields={"branch": "text"})
    make_contact(group, branch="nakuru")
    field = field_of(group, "branch")
    manager.post(address("field-edit", field), {"label": "Branch", "type": "choice", "options": "Nakuru\r\nKisumu\r\n"})
    field.refresh_from_db()
    assert (field.type, field.options) == ("choice", ["Nakuru", "Kisumu"])
    assert Contact.objects.get().values == {"branch": "Nakuru"}


def test_a_group_that_is_too_large_keeps_its_types(manager, monkeypatch):
    monkeypatch.setattr(retype, "MOST_PEOPLE", 1)
    group = make_group(contacts=2)
    field = field_of(group, "balance")
    page = manager.post(address("field-edit", field), {"label": "Balance", "type": "text"}).content.decode()
    assert "Upload the column again" in page


def test_a_stranger_a_composer_and_a_wrong_number(sign_in, manager):
    field = field_of(make_group(), "balance")
    for name in ("field-edit", "field-delete"):
        assert sign_in().post(address(name, field)).url.startswith("/sign-in")
        assert sign_in("composer").post(address(name, field)).status_code == 403
        assert manager.get(reverse(name, args=[field.group_id, field.pk + 1000])).status_code == 404
        assert manager.get(reverse(name, args=[make_group().pk, field.pk])).status_code == 404
    assert ContactField.objects.filter(pk=field.pk).exists()


def test_a_field_gets_another_name_and_texts_go_on(manager):
    group = make_group(fields={"loan_balance_kes": "money"})
    make_contact(group, loan_balance_kes="5.00")
    field = field_of(group, "loan_balance_kes")
    ContactField.objects.update(label="Loan Balance (KES)")
    page = manager.get(address("field-edit", field)).content.decode()
    assert "Shorter: balance" in page
    posted = {"label": "Loan Balance (KES)", "type": "money", "options": "", "name": "balance"}
    assert manager.post(address("field-edit", field), posted).status_code == 302
    page = manager.get(reverse("group-fields", args=[group.pk])).content.decode()
    assert "<code>&lt;balance&gt;</code>" in page and "<code>&lt;loan_balance_kes&gt;</code>" not in page
    assert "also:" in page and "&lt;loan_balance_kes&gt;" in page
    assert AuditEntry.objects.filter(act="field named").count() == 1
    # A page that was opened before has no name in it, and changes none.
    assert manager.post(address("field-edit", field), posted | {"name": ""}).status_code == 302
    field.refresh_from_db()
    assert field.name == "balance"


def test_a_name_goes_with_a_type_that_is_asked_about(manager):
    group = make_group(fields={"owed": "text"})
    make_contact(group, owed="lots")
    field = field_of(group, "owed")
    posted = {"label": "Owed", "type": "money", "options": "", "name": "debt"}
    page = manager.post(address("field-edit", field), posted).content.decode()
    assert 'name="name" value="debt"' in page
    assert manager.post(address("field-edit", field), posted | {"sure": "1"}).status_code == 302
    field.refresh_from_db()
    assert (field.name, field.type) == ("debt", "money")


def test_an_old_name_is_no_new_fields(manager):
    group = make_group(fields={"balance": "money"})
    name_field(field_of(group, "balance"), "owed")
    url = reverse("group-fields", args=[group.pk])
    page = manager.post(url, {"label": "Balance", "type": "money", "name": "balance"}).content.decode()
    assert "“balance” was called &lt;balance&gt; before" in page
    assert manager.post(url, {"label": "Balance", "type": "money"}).status_code == 302
    assert sorted(group.fields.values_list("key", flat=True)) == ["balance", "balance_2"]
