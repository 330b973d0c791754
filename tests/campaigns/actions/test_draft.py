"""Whether a campaign has a text for each row or for each number, where nobody says it."""

import pytest
import time_machine

from campaigns.actions.change import change_from_now_on
from campaigns.actions.draft import change_draft, create_draft
from campaigns.actions.retry import make_draft
from campaigns.models import Campaign, Run
from contacts.models import ContactGroup
from tests.makers import make_campaign, make_family_group, make_group, make_run
from tests.recurring import at, recurring
from tests.segments import segment_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keyed():
    return make_family_group([], name="Pupils")


@pytest.fixture
def plain():
    return make_group("Staff")


def test_a_draft_to_a_group_with_a_key_texts_each_row_unless_somebody_says_otherwise(keyed, plain):
    assert create_draft("Fees", groups=[plain, keyed]).one_text_for == "row"
    assert create_draft("Fees", segments=[segment_of(keyed)]).one_text_for == "row"
    assert create_draft("Fees", groups=[plain]).one_text_for == "number"
    assert create_draft("Fees", groups=[keyed], one_text_for="number").one_text_for == "number"


def test_the_way_goes_by_whether_a_group_has_a_key_and_else_stays(keyed, plain):
    campaign = create_draft("Fees", groups=[plain])
    assert change_draft(campaign, groups=[keyed]).one_text_for == "row"
    assert change_draft(campaign, one_text_for="number").one_text_for == "number"
    other = make_family_group([], name="Loans", key="loan_no")
    assert change_draft(campaign, groups=[other]).one_text_for == "number"
    assert change_draft(campaign, groups=[plain], segments=[segment_of(keyed)]).one_text_for == "number"
    change_draft(campaign, one_text_for="row")
    assert change_draft(campaign, text="Hello").one_text_for == "row"
    assert change_draft(campaign, segments=[]).one_text_for == "number"
    # A key that is given to its group changes no draft that is there.
    ContactGroup.objects.filter(pk=plain.pk).update(key="staff_no")
    assert change_draft(campaign, groups=[plain]).one_text_for == "number"


def test_what_recurs_is_changed_in_the_same_way(keyed):
    campaign = recurring(text="Hello <name>")
    with time_machine.travel(at(hour=8), tick=False):
        assert change_from_now_on(campaign, groups=[keyed]).one_text_for == "row"
        assert change_from_now_on(campaign, one_text_for="number").one_text_for == "number"


def test_a_retry_goes_on_in_the_way_of_its_run(keyed, plain):
    campaign = make_campaign(keyed, text="Hello", one_text_for="row")
    run = make_run(campaign, status=Run.Status.FINISHED)
    Campaign.objects.filter(pk=campaign.pk).update(one_text_for="number")
    run.refresh_from_db()
    draft = make_draft(run, Campaign.Only.FAILED, None)
    assert draft.one_text_for == "row"
    assert change_draft(draft, one_text_for="number", text="Hello again").one_text_for == "row"
    assert change_draft(draft, groups=[plain]).one_text_for == "row"
