"""Samples are marked while nobody has changed them, and taken away at once without touching what is somebody's own."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.roles import Role
from campaigns import planning, samples
from campaigns.actions import draft, retry, steer
from campaigns.demo import make_demo
from campaigns.maintenance import day_figures, figures_check
from campaigns.models import Batch, Campaign, DayFigures, Gate, Message, MessageTemplate, Run
from campaigns.models.run import latest_run
from campaigns.writing import templates
from contacts.models import Contact, ContactGroup, Upload
from contacts.people.jobs import work_on_job
from contacts.people.merge import IncomingPerson, merge_people
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.reading import read, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo():
    Gate.objects.get_or_create(pk=1)
    make_sender("PRACTICE", price=None, is_default=True)
    with override_settings(PRACTICE=True):
        make_demo()
    count()


def a_user():
    return User.objects.get_or_create(username="jane")[0]


def count():
    while day_figures.bring_up_to_date():
        pass


def named(name):
    return Campaign.objects.get(name=name)


def take_away(user=None):
    found, emptied = samples.take_away(user or a_user())
    for job in emptied:
        assert work_on_job(job)
    return found


def test_all_of_a_first_start_go_with_their_figures_and_are_not_made_again(demo):
    assert DayFigures.objects.exists() and Message.objects.exists()
    found = take_away()
    assert (len(found.groups), len(found.campaigns), len(found.templates), found.staying) == (3, 4, 3, [])
    for model in (Campaign, Run, Batch, Message, MessageTemplate, ContactGroup, Contact):
        assert not model.objects.exists(), model
    assert not list(figures_check.differences())
    counted = DayFigures.objects.values("delivered", "undelivered", "waiting", "left_out")
    assert not any(sum(one.values()) for one in counted)
    assert AuditEntry.objects.get(act="samples taken away").detail == {"campaigns": 4, "templates": 3, "groups": 3}
    with override_settings(PRACTICE=True):
        make_demo()
    assert not ContactGroup.objects.exists()
    assert not samples.are_there()


def test_the_figures_of_what_is_ones_own_stay(demo):
    before = DayFigures.objects.count()
    group = make_group(fields={})
    make_contact(group, "254712000001", "Jane")
    own = make_campaign(group, name="Mine", status="active", text="Hello")
    planning.plan_run(make_run(own).pk)
    count()
    assert DayFigures.objects.count() > before
    take_away()
    assert not list(figures_check.differences())
    assert Message.objects.get().phone == "254712000001"
    assert sum(DayFigures.objects.filter(campaign=-1).values_list("waiting", flat=True)) == 1


def test_what_somebody_changed_is_theirs(demo):
    user = a_user()
    draft.change_draft(named("Sample: fees of the family"), text="Our own text", user=user)
    template = MessageTemplate.objects.get(name="Meeting")
    template.text = "We meet at noon."
    templates.save_template(template, user)
    ContactGroup.objects.filter(name="Sample: chama members").update(name="Our chama")
    school = ContactGroup.objects.get(name="Sample: school")
    marks = samples.sample_ids()
    assert template.pk not in marks["template"] and len(marks["template"]) == 2
    assert len(marks["campaign"]) == 3 and len(marks["group"]) == 2
    found = take_away()
    # Their campaign still goes to the sample school, which stays for it.
    assert [one.name for one in found.staying] == ["Sample: school"]
    assert "the campaign “Sample: fees of the family”" in found.staying[0].why
    assert {one.name for one in Campaign.objects.all()} == {"Sample: fees of the family"}
    assert MessageTemplate.objects.get().text == "We meet at noon."
    assert {(one.name, one.contacts.count()) for one in ContactGroup.objects.all()} == {
        ("Our chama", 40), ("Sample: school", school.size),
    }  # fmt: skip


def test_people_who_were_added_or_changed_stay_and_the_sample_people_go(demo):
    chama = ContactGroup.objects.get(name="Sample: chama members")
    make_contact(chama, "254712000001", "Jane")
    changed = chama.contacts.order_by("pk").first()
    Contact.objects.filter(pk=changed.pk).update(name="Our treasurer", written_by="user:1")
    found = take_away()
    assert [one.name for one in found.staying] == ["Sample: chama members"]
    assert set(Contact.objects.values_list("name", flat=True)) == {"Jane", "Our treasurer"}
    chama.refresh_from_db()
    assert chama.size == 2


def test_a_group_into_which_a_file_was_uploaded_stays_as_it_is(demo):
    chama = ContactGroup.objects.get(name="Sample: chama members")
    Upload.objects.create(group=chama, name="ours.csv", status=Upload.Status.CHECKED)
    found = take_away()
    assert [(one.name, one.why) for one in found.staying] == [(chama.name, "a file was uploaded into it")]
    assert chama.contacts.count() == 40 and Upload.objects.exists()


def test_who_would_write_people_meanwhile_waits_and_finds_the_group_gone(demo):
    chama = ContactGroup.objects.get(name="Sample: chama members")

    def write():
        try:
            merge_people(chama, [IncomingPerson("254712000001", "Jane", {})], by="user:1")
        except ContactGroup.DoesNotExist:
            return "it has gone"
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            found, emptied = samples.take_away(a_user())
            writing = pool.submit(write)
            assert not wait([writing], 1).done
        assert writing.result(30) == "it has gone"
    assert chama in found.groups
    for job in emptied:
        assert work_on_job(job)
    assert not Contact.objects.exists()


def test_whoever_has_written_people_keeps_the_group(demo):
    """They were there before it was looked at, though their transaction had not ended when the samples were to go."""
    chama = ContactGroup.objects.get(name="Sample: chama members")

    def go():
        try:
            return samples.take_away(a_user())[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merge_people(chama, [IncomingPerson("254712000001", "Jane", {})], by="user:1")
            going = pool.submit(go)
            assert not wait([going], 1).done
        found = going.result(30)
    assert [one.name for one in found.staying] == [chama.name]
    assert Contact.objects.get(group=chama).name == "Jane"


def test_what_is_being_sent_or_needed_stays(demo):
    november, october = named("Sample: November balances"), named("Sample: October balances")
    steer.resume(november)
    own = retry.make_draft(latest_run(october), "failed", user=a_user())
    found = take_away()
    whys = {one.name: one.why for one in found.staying}
    assert whys["Sample: November balances"] == "it is being sent: pause or cancel it first"
    assert whys["Sample: October balances"] == f"“{own.name}” is for its people"
    assert "Sample: loan clients" in whys
    assert Message.objects.filter(run__campaign=november).exists()
    steer.pause(november)
    Batch.objects.filter(run__campaign=november, status="ready").update(status="uncertain")
    assert "it is not known" in next(one.why for one in samples.samples().staying if "November" in one.name)


def test_lists_mark_them_and_administrators_take_them_away_after_being_asked(demo, sign_in):
    make_campaign(make_group("Mine"), name="Mine too")
    viewer = sign_in(Role.VIEWER)
    for name, marked in [("campaign-list", 4), ("group-list", 3), ("template-list", 3)]:
        assert read(viewer.get(reverse(name))).count('<span class="badge">Sample</span>') == marked, name
    assert "samples-remove" not in read(viewer.get("/")) and "/settings/samples" not in read(viewer.get("/"))
    assert sign_in(Role.MANAGER).post("/settings/samples").status_code == 403
    client = sign_in(Role.ADMINISTRATOR)
    assert "/settings/samples" in read(client.get("/")) and "/settings/samples" in read(client.get("/settings/"))
    asked = words(client.get("/settings/samples"))
    assert "the group Sample: loan clients, 500 people" in asked and "the campaign Sample: fees" in asked
    assert Campaign.objects.count() == 5
    told = words(client.post("/settings/samples", follow=True))
    assert "The samples are taken away." in told
    assert Campaign.objects.get().name == "Mine too"
    assert "/settings/samples" not in read(client.get("/"))
    assert "There are no samples" in words(client.get("/settings/samples"))
