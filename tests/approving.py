"""Approval is asked for and decided, as by its pages."""

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from campaigns.actions import launch
from tests.makers import make_campaign, make_group, make_sender


def person(name, role, email=""):
    user = User.objects.create(username=name, email=email)
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user, client


def asked(user, **fields):
    campaign = make_campaign(make_group(contacts=3), sender=make_sender("QSMS"), created_by=user, **fields)
    launch.launch(campaign.pk, user=user)
    campaign.refresh_from_db()
    return campaign


def decide(client, campaign, decision, **fields):
    return client.post(
        f"/campaigns/{campaign.pk}/approval", {"decision": decision, "version": campaign.version, **fields}, follow=True
    )
