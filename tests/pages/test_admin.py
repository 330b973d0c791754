"""The administrator's back room."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from campaigns.models import Gate
from tests.makers import make_group

pytestmark = pytest.mark.django_db

LISTS = [
    "accounts_user", "accounts_apikey", "contacts_contactgroup", "contacts_contact", "contacts_optout",
    "contacts_phonestatus", "contacts_upload", "campaigns_sender", "campaigns_messagetemplate",
    "campaigns_campaign", "campaigns_run", "campaigns_batch", "campaigns_message", "campaigns_deliveryreport",
    "campaigns_export", "campaigns_reply",
]  # fmt: skip


@pytest.fixture
def administrator(db):
    Gate.objects.get_or_create(pk=1)
    client = Client()
    user = User.objects.create_superuser("root", password="right horse battery")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_shown(administrator, name):
    make_group(contacts=3)
    assert administrator.get(reverse(f"admin:{name}_changelist")).status_code == 200


def test_a_group_has_a_button_that_leads_to_the_upload_page(administrator):
    group = make_group(contacts=3)
    page = administrator.get(reverse("admin:contacts_contactgroup_change", args=[group.pk])).content.decode()
    address = f"{reverse('upload-create')}?group={group.pk}"
    assert address in page
    assert administrator.get(address).status_code == 200


def test_a_manager_is_kept_out(sign_in):
    assert sign_in("manager").get(reverse("admin:index")).status_code == 302
