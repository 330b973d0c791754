"""The tables of what may follow what, and the reference that a text carries."""

import pytest

from campaigns.models import Batch, Campaign, Message, Run
from campaigns.models.message import client_ref
from contacts.importing.claims import move_on
from contacts.models import Upload
from contacts.tasks import ACTS


@pytest.mark.parametrize("model", [Campaign, Run, Batch, Message, Upload])
def test_every_status_has_its_row_in_the_table(model):
    assert set(model.AFTER) == set(model.Status)
    assert {later for row in model.AFTER.values() for later in row} <= set(model.Status)


@pytest.mark.parametrize("status", ["delivered", "undelivered", "rejected", "skipped", "cancelled"])
def test_a_final_message_goes_nowhere(status):
    assert Message.AFTER[status] == ()


def test_nothing_comes_back_to_waiting_but_what_is_uncertain():
    assert Message.before("queued") == ["uncertain"]


def test_a_batch_whose_outcome_is_not_known_is_never_ready_again():
    assert "ready" not in Batch.AFTER["uncertain"]
    assert Batch.before("ready") == ["waiting", "sending"]


def test_a_finished_run_goes_on_only_by_sending_again():
    assert Run.AFTER["finished"] == ("sending",)
    assert Run.AFTER["cancelled"] == Run.AFTER["skipped"] == ()


def test_an_upload_that_was_undone_stays_so_and_only_what_has_ended_is_undone():
    assert Upload.AFTER["undone"] == ()
    assert Upload.before("undoing") == ["done", "failed"]
    with pytest.raises(AssertionError):
        move_on(Upload(), "done", status="importing")


def test_every_state_in_which_a_worker_is_at_an_upload_has_its_act():
    assert set(ACTS) == set(Upload.WORKING)


@pytest.mark.parametrize(("message_id", "attempt", "reference"), [(1, 1, "1-1"), (35, 2, "z-2"), (36, 1, "10-1")])
def test_client_ref(message_id, attempt, reference):
    assert client_ref(message_id, attempt) == reference


def test_client_ref_keeps_large_ids_apart():
    assert int(client_ref(10**12, 3).split("-")[0], 36) == 10**12
