"""A chunk of planned texts is written down whole or not at all, each number once."""

import pytest
from django.db import connection
from django.test import override_settings

from campaigns import planning
from campaigns.audience import people
from campaigns.models import Batch, Message
from campaigns.planning import store
from tests.makers import make_campaign, make_contact, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("killed_at", [1, 2, 3])
def test_a_planner_that_dies_is_followed_by_one_that_goes_on(monkeypatch, killed_at):
    monkeypatch.setattr(people, "READ_AHEAD", 40)
    group, other = make_group(contacts=100), make_group(contacts=30)
    run = make_run(make_campaign(group, other))
    written = store.copy_in
    chunks = []

    def dying(run, people):
        written(run, people)
        chunks.append(len(people))
        if len(chunks) == killed_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(store, "copy_in", dying)
    with pytest.raises(KeyboardInterrupt):
        planning.plan_run(run.pk)
    monkeypatch.setattr(store, "copy_in", written)
    assert Message.objects.count() == sum(chunks[:-1])
    assert planning.plan_run(run.pk)
    assert Message.objects.values("phone").distinct().count() == Message.objects.count() == 130
    run.refresh_from_db()
    assert run.audience == 130


def test_of_two_planners_one_stops(monkeypatch):
    monkeypatch.setattr(people, "READ_AHEAD", 40)
    group = make_group(contacts=100)
    run = make_run(make_campaign(group))
    written, once = store._chunk, []

    def overtaken(run, people, *, merge):
        if not once:
            once.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            assert planning.plan_run(run.pk)
        return written(run, people, merge=merge)

    monkeypatch.setattr(store, "_chunk", overtaken)
    assert planning.plan_run(run.pk) is False
    assert Message.objects.count() == 100


def test_who_was_planned_and_came_again_with_a_new_row_gets_one_text(monkeypatch):
    monkeypatch.setattr(people, "READ_AHEAD", 40)
    group = make_group(contacts=60)
    run = make_run(make_campaign(group))
    written = store.copy_in

    def dying(run, people):
        monkeypatch.setattr(store, "copy_in", dead)
        written(run, people)

    def dead(run, people):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "copy_in", dying)
    with pytest.raises(KeyboardInterrupt):
        planning.plan_run(run.pk)
    monkeypatch.setattr(store, "copy_in", written)
    planned = group.contacts.first()
    planned.delete()
    make_contact(group, planned.phone, "The same again", balance="9.00")
    assert planning.plan_run(run.pk)
    assert Message.objects.get(phone=planned.phone).text.startswith(f"Dear {planned.name}")
    run.refresh_from_db()
    assert (Message.objects.count(), run.audience, run.merged) == (60, 60, 1)


@override_settings(QSMS_BATCH_SIZE=7)
def test_batches_are_as_large_as_the_setting_says():
    run = make_run(make_campaign(make_group(contacts=20)))
    planning.plan_run(run.pk)
    assert sorted(Batch.objects.values_list("size", flat=True)) == [6, 7, 7]
