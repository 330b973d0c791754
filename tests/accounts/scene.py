"""What deeds are done to: each thing made the first time that it is asked for, whoever is there for it."""

from datetime import timedelta
from functools import cached_property

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.callback_address import make_secret
from accounts.invitations import invite
from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns import samples
from campaigns.actions import launch, set_rules
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.models import (
    AnswerStarter,
    AnswerWord,
    Batch,
    Callback,
    Campaign,
    Conversation,
    Gate,
    Message,
    MessageTemplate,
    Run,
)
from campaigns.planning import single
from campaigns.planning.script_call import CallText, queue_call
from campaigns.reporting.export import order_export, write_export
from campaigns.writing.templates import save_template
from contacts import importing
from contacts.filters.search import PeopleQuery
from contacts.models import ContactField, OptOut, Upload
from contacts.people import jobs
from tests.approving import person
from tests.calls import make_broken_run, make_sending_run
from tests.factors import make_app
from tests.failures import ended_with_failures
from tests.makers import confirm_phone, make_campaign, make_contact, make_group, make_run, make_sender
from tests.receiving import make_told_key
from tests.segments import segment_of, uploaded

PHONE = "254712345678"
HOW = {"mode": "update", "repeats": "last", "numbers": "reject", "keep_empty": "on"}


class Scene:
    """`client` is an administrator's."""

    def __init__(self, client):
        self.client = client

    def post(self, name, /, *args, **body):
        return self.client.post(reverse(name, args=args), body)

    def get(self, name, /, *args):
        return self.client.get(reverse(name, args=args))

    @cached_property
    def me(self):
        return User.objects.get(pk=self.client.session["_auth_user_id"])

    @cached_property
    def person(self):
        return person("colin", Role.COMPOSER)[0]

    def addressed(self):
        User.objects.filter(pk=self.me.pk).update(email="me@example.org")

    def deactivated(self):
        staff.deactivate(self.person, self.me)

    @cached_property
    def sample(self):
        template = MessageTemplate(name="Sample", text="Hello")
        save_template(template, None)
        samples.note_sample(template)
        return template

    @cached_property
    def mary(self):
        return User.objects.get(username="mary")

    @cached_property
    def app(self):
        make_app(self.me)
        return Authenticator.objects.get(user=self.me, type=Authenticator.Type.TOTP)

    @cached_property
    def elsewhere(self):
        """Another session of theirs."""
        Client().force_login(self.me, backend="django.contrib.auth.backends.ModelBackend")
        return UserSession.objects.exclude(session_key=self.client.session.session_key).get(user=self.me)

    @cached_property
    def invitation(self):
        return invite("new@example.com", Role.VIEWER, self.me)[0]

    @cached_property
    def invited(self):
        """The link."""
        return invite("new@example.com", Role.VIEWER, self.me)[1]

    @cached_property
    def sender(self):
        return make_sender("LENDER", is_default=True)

    @cached_property
    def own_phone(self):
        confirm_phone("a administrator", PHONE)
        return PHONE

    @cached_property
    def group(self):
        group = make_group("Loans", contacts=3)
        group.refresh_from_db()
        return group

    @cached_property
    def other(self):
        return make_group("Other", contacts=1)

    @cached_property
    def contact(self):
        return make_contact(self.group, PHONE, balance="5.00")

    @cached_property
    def field(self):
        return ContactField.objects.get(group=self.group, key="balance")

    @cached_property
    def segment(self):
        return segment_of(self.group)

    @cached_property
    def opt_out(self):
        return OptOut.objects.create(phone=PHONE)

    @cached_property
    def key(self):
        return ApiKey.make("crm")[0]

    @cached_property
    def told(self):
        """A key that is told of its texts, at an address where nobody is."""
        with override_settings(CALLBACK_PRIVATE_HOSTS=["127.0.0.1"]):
            return make_told_key("http://127.0.0.1:1/sms")[0]

    @cached_property
    def two_secrets(self):
        make_secret(self.told, user=self.me)
        return self.told

    @cached_property
    def given_up(self):
        return Callback.objects.create(api_key=self.told, message=1, event="delivered", status="given_up")

    @cached_property
    def job(self):
        job = jobs.order_job("export", PeopleQuery(self.group), None, format="csv", expected=3)
        jobs.work_on_job(job.pk)
        return job

    @cached_property
    def checked(self):
        upload = importing.begin_upload(self.group, "list.csv", [b"phone\n0712345678\n"])
        Upload.objects.filter(pk=upload.pk).update(status="checked")
        return upload

    @cached_property
    def done(self):
        return uploaded(self.group)

    @cached_property
    def draft(self):
        return make_campaign(self.group, sender=self.sender)

    @cached_property
    def going(self):
        return make_sending_run(self.group).campaign

    @cached_property
    def paused(self):
        run = make_sending_run(self.group)
        Run.objects.update(status="paused", resumes_to="sending")
        return run.campaign

    @cached_property
    def broken(self):
        run = make_broken_run()
        Gate.objects.update(doubt_clock=10_000)
        return run.campaign

    @cached_property
    def failed(self):
        return ended_with_failures(2).campaign

    @cached_property
    def scheduled(self):
        """A campaign whose time is to come."""
        campaign = make_campaign(self.group, sender=self.sender, send_at=timezone.now() + timedelta(hours=1))
        launch.launch(campaign.pk)
        return campaign

    @cached_property
    def over(self):
        return make_campaign(self.group, sender=self.sender, status="finished")

    @cached_property
    def asked(self):
        """A campaign of somebody else that waits for approval."""
        set_rules.set_rule("approval", "always")
        user, _ = person("olive", Role.MANAGER)
        launch.launch(self.draft.pk, user=user)
        self.draft.refresh_from_db()
        return self.draft

    @cached_property
    def occurrence(self):
        campaign = make_campaign(
            self.group, sender=self.sender, schedule={"rrule": "FREQ=DAILY", "time": "09:00"}, status="active"
        )
        at = timezone.now() + timedelta(days=1)
        return make_run(campaign, Run.Status.SCHEDULED, scheduled_for=at, occurrence=f"{at:%Y-%m-%d}")

    @cached_property
    def export(self):
        export = order_export(self.going, None)
        write_export(export.pk)
        return export

    @cached_property
    def reply(self):
        return receive({"mobile": PHONE, "message": "please stop", "shortcode": "70700"})

    @cached_property
    def conversation(self):
        """Somebody wrote, and nobody has read it."""
        receive({"mobile": PHONE, "message": "I have paid", "shortcode": "70700"})
        filing.file_new()
        return Conversation.objects.get()

    @cached_property
    def word(self):
        return AnswerWord.objects.create(word="INFO", text="Call us.")

    @cached_property
    def starter(self):
        return AnswerStarter.objects.create(name="Thanks", text="Thank you.")

    @cached_property
    def doubted(self):
        """A single text whose call broke long ago."""
        message = single.queue_single(PHONE, "hello", self.sender, source="person", kind="transactional")
        Gate.objects.update(doubt_clock=10_000)
        Message.objects.update(status="uncertain", reason="connection_broke", posted_at=timezone.now())
        Batch.objects.update(status="uncertain", tally={"uncertain": 1}, doubted_at=timezone.now(), doubt_clock=1)
        return message

    @cached_property
    def call(self):
        """A script's call that waits for its date."""
        key = ApiKey.make("shop")[0]
        due_at = timezone.now() + timedelta(hours=1)
        return queue_call([CallText(PHONE, "hello", "1", 1)], self.sender, key, due_at=due_at).call

    @cached_property
    def doubted_call(self):
        """One whose call of the gateway broke long ago."""
        Gate.objects.update(doubt_clock=10_000)
        Message.objects.filter(batch__script_call=self.call).update(status="uncertain", reason="connection_broke")
        self.call.batches.update(status="uncertain", tally={"uncertain": 1}, doubted_at=timezone.now(), doubt_clock=1)
        return self.call

    @cached_property
    def template(self):
        template = MessageTemplate(name="Balance", text="Dear <name>", language="en")
        save_template(template, None)
        return template

    @cached_property
    def archived(self):
        MessageTemplate.objects.filter(pk=self.template.pk).update(archived_at=timezone.now())
        return self.template

    def stopped(self):
        Gate.objects.filter(pk=1).update(stopped_at=timezone.now(), stopped_by="somebody")

    def halted(self):
        Campaign.objects.filter(pk=self.going.pk)
        Gate.objects.filter(pk=1).update(halted_at=timezone.now(), halt_reason="no credit")
