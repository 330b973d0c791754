"""The list of campaigns: what stands in it, how it is searched, filtered and sorted, and what is put away."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns.maintenance import day_figures
from campaigns.models import Campaign, DayFigures, Run
from campaigns.reporting.campaign_list import SIZE
from tests.calls import make_sending_run, send
from tests.makers import make_campaign, make_group, make_run, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db

LIST = "/campaigns/"


def listed(client, **query):
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [one.campaign.name for one in answer.context["campaigns"]]


def make(name, days=0, **fields):
    """One that went so many days ago."""
    campaign = make_campaign(name=name, status=fields.pop("status", "finished"), **fields)
    at = timezone.now() - timedelta(days=days)
    make_run(campaign, Run.Status.FINISHED, scheduled_for=at, audience=fields.get("people", 0))
    return campaign


def figures(campaign, delivered, cost):
    """As they are counted on one day."""
    DayFigures.objects.create(
        day=timezone.localdate(), campaign=campaign.pk, source="campaign", delivered=delivered, cost=Decimal(cost),
        delays=[0] * 14,
    )  # fmt: skip


@pytest.fixture
def viewer(sign_in):
    return sign_in(Role.VIEWER)


@pytest.mark.django_db(transaction=True)
def test_what_was_delivered_and_paid_is_right_before_and_after_it_is_counted(viewer):
    """Of what changed since it was counted the tallies are taken, and nothing is counted twice."""
    run = make_sending_run(contacts=20)
    send(accepted=20)
    batch = run.batches.get()
    for delivered in (5, 8):
        run.messages.filter(pk__in=run.messages.order_by("pk").values("pk")[:delivered]).update(status="delivered")
        with connection.cursor() as cursor:
            cursor.execute("SELECT campaigns_recount(%s)", [[batch.pk]])
        for _ in range(2):
            (row,) = viewer.get(LIST).context["campaigns"]
            assert (row.figures.delivered, row.figures.cost, row.people) == (delivered, Decimal("12.0000"), 20)
            day_figures.bring_up_to_date()


def test_a_page_is_as_many_queries_however_many_campaigns_and_runs(viewer):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            viewer.get(LIST)
        return len(found)

    make("one")
    queries()
    few = queries()
    for number in range(20):
        make(f"more {number}")
    assert queries() == few


def test_it_is_searched_by_a_part_of_the_name(viewer):
    make("December balances")
    make("Fees")
    assert listed(viewer, q="balanc") == ["December balances"]


def test_it_is_filtered_by_status_sender_and_who(viewer):
    mary = User.objects.create(username="mary")
    bank = make_sender("BANK")
    make("drafted", status="draft", created_by=mary)
    make("sent", sender=bank)
    make("by a script", made_by_key=ApiKey.make("crm")[0])
    assert listed(viewer, status="draft") == ["drafted"]
    assert listed(viewer, sender=bank.pk) == ["sent"]
    assert listed(viewer, who=mary.pk) == ["drafted"]
    assert listed(viewer, who=0) == ["by a script", "sent"]


def test_it_is_filtered_by_the_days_on_which_they_go(viewer):
    today = timezone.localdate()
    make("today")
    make("last week", days=7)
    make_campaign(name="next week", send_at=timezone.now() + timedelta(days=7))
    week = timedelta(days=7)
    assert listed(viewer, first=today, last=today) == ["today"]
    assert listed(viewer, last=today - week) == ["last week"]
    assert listed(viewer, first=today + timedelta(days=1)) == ["next week"]


def test_what_cannot_be_read_says_so_and_the_rest_holds(viewer):
    make("Fees")
    make("Other")
    answer = viewer.get(LIST, {"q": "Fees", "first": "yesterday", "sender": "x", "page": "0", "sort": "colour"})
    assert "Enter a valid date" in answer.content.decode()
    assert [one.campaign.name for one in answer.context["campaigns"]] == ["Fees"]
    answer = viewer.get(LIST, {"first": "2026-12-02", "last": "2026-12-01"})
    assert "The last day is before the first." in answer.content.decode()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["Zebra", "apple", "Mango"]),
        ("name", ["apple", "Mango", "Zebra"]),
        ("when", ["apple", "Mango", "Zebra"]),
        ("people", ["Mango", "apple", "Zebra"]),
        ("delivered", ["Zebra", "Mango", "apple"]),
        ("cost", ["apple", "Zebra", "Mango"]),
    ],
)
def test_a_column_sorts_both_ways(viewer, sort, order):
    for name, days, people, delivered, cost in (
        ("Mango", 2, 30, 5, "1"), ("apple", 1, 20, 0, "9"), ("Zebra", 3, 10, 7, "3"),
    ):  # fmt: skip
        campaign = make(name, days=days)
        campaign.runs.update(audience=people, planned_at=timezone.now())
        figures(campaign, delivered, cost)
    assert listed(viewer, sort=sort, **({"up": "on"} if sort == "name" else {})) == order
    if sort:
        assert listed(viewer, sort=sort, **({} if sort == "name" else {"up": "on"})) == order[::-1]


def test_a_heading_leads_to_its_order_and_back_and_says_so(viewer):
    make("Fees")
    page = read(viewer.get(LIST, {"q": "Fees"}))
    assert 'href="?q=Fees&amp;sort=cost"' in page
    page = read(viewer.get(LIST, {"q": "Fees", "sort": "cost"}))
    assert 'aria-sort="descending"' in page
    assert "up=on" in page


def test_pages_follow_each_other_and_keep_what_was_asked(viewer):
    for number in range(30):
        make(f"Fees {number:02}")
    answer = viewer.get(LIST, {"q": "Fees", "sort": "name", "up": "on"})
    assert len(answer.context["campaigns"]) == 25
    following = viewer.get(LIST + answer.context["next_url"])
    assert [one.campaign.name for one in following.context["campaigns"]] == [f"Fees {one}" for one in range(25, 30)]
    assert following.context["next_url"] == ""
    assert "after" not in following.context["first_url"]


def fill(count):
    """So many: some are alike in every column, some have nothing there."""
    made = Campaign.objects.bulk_create(
        Campaign(name=f"Fees {number * 7 % 20}", text="x", status="finished") for number in range(count)
    )
    at = timezone.now()
    some = [one for number, one in enumerate(made) if number % 3]
    Run.objects.bulk_create(
        Run(campaign=one, scheduled_for=at - timedelta(days=one.pk % 9), status="finished", audience=one.pk % 11)
        for one in some
    )
    for one in some:
        figures(one, one.pk % 7, one.pk % 5)


def walk(client, url, way):
    """What the pages from there on show, and the address of the last one."""
    pages = []
    while url and len(pages) < 9:
        answer = client.get(LIST + url)
        pages.append([one.campaign.pk for one in answer.context["campaigns"]])
        last, url = url, answer.context[way]
    return pages, last


ORDERS = [
    {"sort": sort, **up} for sort in ("", "name", "when", "people", "delivered", "cost") for up in ({}, {"up": "on"})
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda one: " ".join(one.values()))
def test_each_order_has_everybody_once_and_leads_back(viewer, order):
    fill(60)
    forth, last = walk(viewer, f"?{urlencode(order)}", "next_url")
    assert [len(page) for page in forth] == [25, 25, 10]
    shown = [pk for page in forth for pk in page]
    assert sorted(shown) == sorted(Campaign.objects.values_list("pk", flat=True))
    back, _ = walk(viewer, last, "previous_url")
    assert back == forth[::-1]


@pytest.mark.parametrize("order", ORDERS, ids=lambda one: " ".join(one.values()))
def test_what_comes_and_goes_meanwhile_moves_no_page(viewer, order):
    fill(60)
    (first, *following), _ = walk(viewer, f"?{urlencode(order)}", "next_url")
    place = viewer.get(f"{LIST}?{urlencode(order)}").context["next_url"]
    Campaign.objects.filter(pk__in=first[-3:]).delete()
    newcomer = make("Aaa", days=-1)
    pages, last = walk(viewer, place, "next_url")
    shown = [pk for page in pages for pk in page]
    assert [pk for pk in shown if pk != newcomer.pk] == [pk for page in following for pk in page]
    back, _ = walk(viewer, last, "previous_url")
    assert len(back[-1]) == 25, "the first page is full again"
    assert {pk for page in back for pk in page} == set(Campaign.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("sort", ["people", "delivered", "cost"])
@pytest.mark.parametrize("up", [{}, {"up": "on"}])
def test_those_that_have_nothing_there_come_last_in_both_directions(viewer, sort, up):
    make_campaign(name="nothing", status="draft")
    for name, number in (("few", 0), ("many", 9)):
        campaign = make(name)
        campaign.runs.update(audience=number)
        figures(campaign, number, number)
    assert listed(viewer, sort=sort, **up) == [*(["few", "many"] if up else ["many", "few"]), "nothing"]


@pytest.mark.parametrize(
    "place", [{"after": "x"}, {"after": "7", "at": "many"}, {"before": "0"}, {"after": "1", "at": "1"}]
)
@pytest.mark.parametrize("sort", ["when", "people", "cost"])
def test_a_place_that_means_nothing_is_the_beginning(viewer, sort, place):
    make("Fees")
    assert listed(viewer, sort=sort, **place) == ["Fees"]


def test_what_is_archived_leaves_the_list_and_comes_back(sign_in):
    client, campaign = sign_in(Role.COMPOSER), make("Old")
    make("New")
    client.post(reverse("campaign-archive", args=[campaign.pk]))
    assert listed(client) == ["New"]
    assert listed(client, archived="on") == ["Old"]
    assert "Take out of the archive" in client.get(f"{LIST}{campaign.pk}").content.decode()
    client.post(reverse("campaign-take-out", args=[campaign.pk]))
    assert listed(client, archived="on") == []
    assert listed(client) == ["New", "Old"]


@pytest.mark.parametrize("status", ["draft", "awaiting_approval", "active", "paused"])
def test_only_what_is_over_is_archived(sign_in, status):
    campaign = make("Going", status=status)
    page = sign_in(Role.COMPOSER).post(reverse("campaign-archive", args=[campaign.pk]), follow=True)
    assert "Only a campaign that is over can be archived." in page.content.decode()
    assert not Campaign.objects.get().is_archived


def test_reports_count_what_is_archived(sign_in):
    campaign, client = make("Old"), sign_in(Role.COMPOSER)
    figures(campaign, 5, "3.00")
    day = timezone.localdate().isoformat()
    for _ in range(2):
        answer = client.get("/reports", {"by": "campaign", "from": day, "to": day})
        assert "Old" in answer.content.decode()
        client.post(reverse("campaign-archive", args=[campaign.pk]))


def test_without_campaigns_it_says_what_to_do(viewer, sign_in):
    assert "No campaigns yet" in viewer.get(LIST).content.decode()
    assert "No campaign fits this search." in " ".join(viewer.get(LIST, {"q": "x"}).content.decode().split())
    assert "Nothing is archived" in viewer.get(LIST, {"archived": "on"}).content.decode()


def test_it_is_quick_with_ten_thousand(viewer):
    """In milliseconds of the database: by any order, and far down."""
    sender, now = make_sender(), timezone.now()
    Campaign.objects.bulk_create(
        (Campaign(name=f"Campaign {number}", text="x", sender=sender, status="finished") for number in range(10_000)),
        batch_size=2_000,
    )
    ids = list(Campaign.objects.values_list("pk", flat=True))
    Run.objects.bulk_create(
        (Run(campaign_id=pk, scheduled_for=now - timedelta(hours=pk), status="finished", audience=pk) for pk in ids),
        batch_size=2_000,
    )
    DayFigures.objects.bulk_create(
        (
            DayFigures(day=now.date(), campaign=pk, source="campaign", network=network, cost=pk, delays=[0] * 14)
            for pk in ids for network in ("Safaricom", "Airtel")
        ),
        batch_size=2_000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_campaign, campaigns_run, campaigns_dayfigures")
    for sort in ("", "name", "when", "people", "delivered", "cost"):
        for place in (
            {},
            {"after": ids[9_000], "at": {"name": "campaign 5", "when": now.isoformat()}.get(sort, "9000")},
        ):
            with CaptureQueriesContext(connection) as found:
                assert len(viewer.get(LIST, {"sort": sort, **place}).context["campaigns"]) == SIZE
            took = sum(float(one["time"]) for one in found)
            assert took < 1.5, (sort, place)


def test_each_is_used_again_from_the_list_by_who_may(sign_in):
    make_campaign(make_group(contacts=1), name="Fees", status="draft")
    assert "Use again" in sign_in(Role.COMPOSER).get(LIST).content.decode()
    assert "Use again" not in sign_in(Role.VIEWER).get(LIST).content.decode()
