"""The Excel file of a campaign: written in the background, once, kept for download, and harmless."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.roles import Role
from campaigns import planning
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Export
from campaigns.reporting.export import HEADINGS, exports_standing_still, write_export
from tests.makers import make_campaign, make_contact, make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(transactional_db):
    group = make_group(contacts=120)
    make_contact(group, name="=HYPERLINK(1)", phone="254712345678", balance="5.00")
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE, text="<name> owes <balance>"))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def rows_of(client, export):
    content = b"".join(client.get(f"/exports/{export.pk}/file").streaming_content)
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_manager_gets_every_text_and_no_formula(run, sign_in):
    client = sign_in(Role.MANAGER)
    client.post(f"/campaigns/{run.campaign_id}/export/xlsx")
    export = Export.objects.get()
    assert "being written" in client.get(f"/exports/{export.pk}").content.decode()
    assert client.get(f"/exports/{export.pk}/file").status_code == 404
    assert write_export(export.pk)
    assert not write_export(export.pk)
    assert "The file is ready" in client.get(f"/exports/{export.pk}").content.decode()
    heading, *rows = rows_of(client, export)
    assert heading == [*HEADINGS, "balance (now)", "due_date (now)"]
    assert len(rows) == 121
    assert [one[2] for one in rows if one[0] == "0712 345 678"] == ["=HYPERLINK(1) owes 5.00"]


def test_only_the_wanted_texts(run, sign_in):
    client = sign_in(Role.MANAGER)
    client.post(f"/campaigns/{run.campaign_id}/export/xlsx", {"status": "delivered"})
    write_export(Export.objects.get().pk)
    assert len(rows_of(client, Export.objects.get())) == 1


def test_what_a_worker_left_is_found_and_written_again(run, sign_in):
    sign_in(Role.MANAGER).post(f"/campaigns/{run.campaign_id}/export/xlsx")
    assert exports_standing_still() == []
    Export.objects.update(status="writing", lease_until=timezone.now() - timedelta(seconds=1), attempts=1)
    pk = Export.objects.get().pk
    assert exports_standing_still() == [pk]
    assert write_export(pk)
    Export.objects.update(status="writing", lease_until=timezone.now() - timedelta(seconds=1), attempts=5, file=None)
    assert not write_export(pk)
    assert Export.objects.get().status == "failed"


def test_others_may_not(run, sign_in):
    address = f"/campaigns/{run.campaign_id}/export/xlsx"
    assert sign_in().post(address).status_code == 302
    assert sign_in(Role.COMPOSER).post(address).status_code == 403
    assert sign_in(Role.MANAGER).get(address).status_code == 405
    assert not Export.objects.exists()
