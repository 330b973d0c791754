"""No page changes anything without an entry in the audit: each address is done once, or is named with why not."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client, override_settings
from django.urls import URLPattern, reverse
from django.utils.http import urlsafe_base64_encode

from accounts.models import AuditEntry, User
from accounts.sign_in.link import make_link
from campaigns.actions.push_contacts import order_push
from campaigns.models import ReportMail
from qsms_portal.urls import urlpatterns
from tests.accounts.scene import HOW, PHONE, Scene
from tests.factors import code_of, make_app
from tests.ruling import typed

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "203.0.113.7"
OLIVE = {"username": "mary", "password": "right horse"}

# By the name of its address: a deed that succeeds.
DEEDS = {
    "sign-in": lambda s: Client().post(
        "/sign-in", {"username": "mary", "password": "right horse"}, REMOTE_ADDR=ADDRESS
    ),
    "mfa_authenticate": lambda s: by_code(s.mary),
    "reset-confirm": lambda s: by_mail(s.mary),
    "sign-in-link": lambda s: Client().post(urlsplit(make_link(s.mary)).path, REMOTE_ADDR=ADDRESS),
    "app-add": lambda s: s.post("app-add", code=code_of(s.get("app-add").context["secret"])),
    "factor-remove": lambda s: s.post("factor-remove", s.app.pk),
    "recovery-codes-renew": lambda s: s.app and s.post("recovery-codes-renew"),
    "own-session-end": lambda s: s.post("own-session-end", s.elsewhere.pk),
    "other-sessions-end": lambda s: s.elsewhere and s.post("other-sessions-end"),
    "sign-out": lambda s: s.post("sign-out"),
    "profile": lambda s: s.post("profile", first_name="Olive", last_name="", email=""),
    "own-mails": lambda s: s.addressed() or s.post("own-mails", ended="all", halted="all", waits="own", balance="off"),
    "own-phone": lambda s: s.sender and s.post("own-phone", phone=PHONE),
    "own-phone-remove": lambda s: s.own_phone and s.post("own-phone-remove"),
    "staff-detail": lambda s: s.post("staff-detail", s.person.pk, role="viewer"),
    "staff-deactivate": lambda s: s.post("staff-deactivate", s.person.pk),
    "staff-reactivate": lambda s: s.deactivated() or s.post("staff-reactivate", s.person.pk),
    "staff-factor-remove": lambda s: s.post("staff-factor-remove", s.app.pk),
    "staff-sessions-end": lambda s: s.elsewhere and s.post("staff-sessions-end", s.me.pk),
    "staff-invite": lambda s: s.post("staff-invite", email="new@example.com", how="link", role="viewer"),
    "staff-invite-again": lambda s: s.post("staff-invite-again", s.invitation.pk),
    "staff-uninvite": lambda s: s.post("staff-uninvite", s.invitation.pk),
    "invitation-accept": lambda s: accept(s.invited),
    "rules-edit": lambda s: s.post("rules-edit", **typed(daily_limit_on="on", daily_limit_amount="1000")),
    "samples-remove": lambda s: s.sample and s.post("samples-remove"),
    "sender-create": lambda s: s.post("sender-create", name="LENDER", service_id="0", use="both"),
    "sender-edit": lambda s: s.post("sender-edit", s.sender.pk, name="LENDER", service_id="1", use="both"),
    "api-keys": lambda s: s.post("api-keys", name="crm", role="viewer"),
    "key-edit": lambda s: s.post("key-edit", s.key.pk, name="till", last_day="2999-12-31", calls_a_minute="60"),
    "api-key-revoke": lambda s: s.post("api-key-revoke", s.key.pk),
    "key-callbacks": lambda s: s.post("key-callbacks", s.told.pk, url=""),
    "key-callback-secret": lambda s: s.post("key-callback-secret", s.told.pk),
    "key-callback-retire": lambda s: s.post("key-callback-retire", s.two_secrets.pk),
    "key-callback-test": lambda s: s.post("key-callback-test", s.told.pk),
    "key-callback-again": lambda s: s.post("key-callback-again", s.told.pk, callback=s.given_up.pk),
    "audit-export": lambda s: s.get("audit-export"),
    "audit-workbook": lambda s: s.get("audit-workbook"),
    "group-create": lambda s: s.post("group-create", name="New"),
    "group-key": lambda s: s.post("group-key", s.group.pk, key=s.field.key),
    "group-fields": lambda s: s.post("group-fields", s.group.pk, label="Town", type="text"),
    "field-edit": lambda s: s.post("field-edit", s.group.pk, s.field.pk, label="Owed", type="money"),
    "field-delete": lambda s: s.post("field-delete", s.group.pk, s.field.pk),
    "group-delete": lambda s: s.post("group-delete", s.group.pk, name="Loans"),
    "group-copy": lambda s: s.post("group-copy", s.contact.group_id, contact=[s.contact.pk], new_group="Chosen"),
    "group-move": lambda s: s.post("group-move", s.contact.group_id, contact=[s.contact.pk], new_group="Chosen"),
    "group-remove": lambda s: s.post("group-remove", s.contact.group_id, contact=[s.contact.pk]),
    "group-merge": lambda s: s.post("group-merge", s.group.pk, target=s.other.pk),
    "group-push": lambda s: push(s),
    "push-stop": lambda s: s.post("push-stop", order_push(s.group)[0].pk),
    "group-export": lambda s: s.get("group-export", s.group.pk),
    "group-workbook": lambda s: s.post("group-workbook", s.group.pk),
    "contact-create": lambda s: s.post("contact-create", s.group.pk, phone=PHONE, name="Jane"),
    "contact-edit": lambda s: s.post("contact-edit", s.group.pk, s.contact.pk, phone=PHONE, name="Janet"),
    "contact-delete": lambda s: s.post("contact-delete", s.group.pk, s.contact.pk),
    "job-file": lambda s: s.get("job-file", s.job.pk),
    "segment-create": lambda s: s.post("segment-create", name="Owing", groups=[s.group.pk]),
    "segment-edit": lambda s: s.post("segment-edit", s.segment.pk, name="Owes", groups=[s.group.pk]),
    "segment-delete": lambda s: s.post("segment-delete", s.segment.pk),
    "opt-out-create": lambda s: s.post("opt-out-create", phone=PHONE, scope="all", reason="called"),
    "opt-out-upload": lambda s: s.post("opt-out-upload", pasted=PHONE, scope="all", reason="a list"),
    "opt-out-delete": lambda s: s.post("opt-out-delete", s.opt_out.pk, reason="asked"),
    "upload-create": lambda s: s.post("upload-create", pasted=f"phone\n{PHONE}", group=s.group.pk),
    "upload-import": lambda s: s.post("upload-import", s.checked.pk, **HOW),
    "upload-undo": lambda s: s.post("upload-undo", s.done.pk),
    "upload-give-up": lambda s: s.post("upload-give-up", s.checked.pk),
    "upload-rejects": lambda s: s.get("upload-rejects", s.done.pk),
    "campaign-create": lambda s: s.post("campaign-create", name="November", kind="transactional"),
    "campaign-who": lambda s: s.post("campaign-who", s.draft.pk, version=1, groups=[s.other.pk]),
    "campaign-what": lambda s: s.post(
        "campaign-what",
        s.draft.pk,
        version=1,
        text="Hello",
        sender=s.sender.pk,
        kind="transactional",
        missing_values="skip",
        language="en",
    ),
    "campaign-when": lambda s: s.post(
        "campaign-when", s.draft.pk, version=1, when="now", uncertain="resend", zone="Africa/Nairobi"
    ),
    "campaign-old-values": lambda s: s.post("campaign-old-values", s.draft.pk, version=1, old_values="send"),
    "campaign-one-text-for": lambda s: s.post("campaign-one-text-for", s.draft.pk, version=1, one_text_for="row"),
    "campaign-zeros": lambda s: s.post("campaign-zeros", s.draft.pk, version=1, zero_amounts="skip"),
    "campaign-test": lambda s: s.own_phone and s.post("campaign-test", s.draft.pk, test="1"),
    "campaign-launch": lambda s: s.post("campaign-launch", s.draft.pk, version=1),
    "campaign-approval": lambda s: s.post("campaign-approval", s.asked.pk, decision="approve", version=s.asked.version),
    "run-change": lambda s: s.post("run-change", s.occurrence.campaign_id, s.occurrence.pk, **{"leave-out": "1"}),
    "campaign-copy": lambda s: s.post("campaign-copy", s.draft.pk, name="December", people="now"),
    "campaign-set-back": lambda s: s.post("campaign-set-back", s.scheduled.pk),
    "campaign-archive": lambda s: s.post("campaign-archive", s.over.pk),
    "campaign-take-out": lambda s: s.post("campaign-archive", s.over.pk) and s.post("campaign-take-out", s.over.pk),
    "campaign-pause": lambda s: s.post("campaign-pause", s.going.pk),
    "campaign-resume": lambda s: s.post("campaign-resume", s.paused.pk),
    "campaign-cancel": lambda s: s.post("campaign-cancel", s.going.pk),
    "campaign-resend": lambda s: s.post("campaign-resend", s.broken.pk),
    "campaign-resend-all": lambda s: s.post("campaign-resend-all", s.broken.pk),
    "campaign-leave": lambda s: s.post("campaign-leave", s.broken.pk),
    "campaign-failed": lambda s: s.post("campaign-failed", s.failed.pk),
    "campaign-left-out": lambda s: s.post("campaign-left-out", s.failed.pk),
    "campaign-delete": lambda s: s.post("campaign-delete", s.draft.pk),
    "campaign-export": lambda s: s.get("campaign-export", s.going.pk),
    "message-export": lambda s: s.get("message-export"),
    "campaign-workbook": lambda s: s.post("campaign-workbook", s.going.pk),
    "report-mail-create": lambda s: mail_weekly(s),
    "report-mail-end": lambda s: mail_weekly(s) and s.post("report-mail-end", ReportMail.objects.get().pk),
    "report-export": lambda s: s.get("report-export"),
    "report-workbook": lambda s: s.get("report-workbook"),
    "export-file": lambda s: s.get("export-file", s.export.pk),
    "stop": lambda s: s.post("stop", reason="wrong text"),
    "lift-stop": lambda s: s.stopped() or s.post("lift-stop", word="send"),
    "gate-resume": lambda s: s.halted() or s.post("gate-resume"),
    "reply-stop": lambda s: s.post("reply-stop", s.reply.pk),
    "reply-no-stop": lambda s: s.post("reply-no-stop", s.reply.pk),
    "reply-export": lambda s: s.get("reply-export"),
    "conversation-detail": lambda s: answer_one(s),
    "conversation-read": lambda s: s.post("conversation-read", s.conversation.pk, up_to=s.conversation.last_reply),
    "conversation-done": lambda s: s.post("conversation-done", s.conversation.pk, up_to=s.conversation.last_reply),
    "conversation-open": lambda s: finished(s) and s.post("conversation-open", s.conversation.pk),
    "conversation-assign": lambda s: s.post("conversation-assign", s.conversation.pk, person=s.me.pk),
    "conversation-opt-out": lambda s: s.post("conversation-opt-out", s.conversation.pk),
    "answer-word-create": lambda s: s.post("answer-word-create", word="INFO", text="Call us."),
    "answer-word-edit": lambda s: s.post("answer-word-edit", s.word.pk, word="INFO", text="Call.", is_on="on"),
    "answer-word-delete": lambda s: s.post("answer-word-delete", s.word.pk),
    "answer-starter-create": lambda s: s.post("answer-starter-create", name="Thanks", text="Thank you."),
    "answer-starter-edit": lambda s: s.post("answer-starter-edit", s.starter.pk, name="Thanks", text="Thanks."),
    "answer-starter-delete": lambda s: s.post("answer-starter-delete", s.starter.pk),
    "message-create": lambda s: send_one(s),
    "message-resend": lambda s: s.post("message-resend", s.doubted.pk),
    "message-leave": lambda s: s.post("message-leave", s.doubted.pk),
    "script-call-export": lambda s: s.get("script-call-export", s.call.pk),
    "script-call-take-back": lambda s: s.post("script-call-take-back", s.call.pk),
    "script-call-resend": lambda s: s.post("script-call-resend", s.doubted_call.pk),
    "script-call-resend-all": lambda s: s.post("script-call-resend-all", s.doubted_call.pk),
    "script-call-leave": lambda s: s.post("script-call-leave", s.doubted_call.pk),
    "template-create": lambda s: s.post("template-create", name="Balance", text="Dear <name>", language="en"),
    "template-edit": lambda s: s.post("template-edit", s.template.pk, name="Other", text="Dear <name>", language="en"),
    "template-bring-back": lambda s: s.post("template-bring-back", s.template.pk, 1),
    "template-duplicate": lambda s: s.post("template-duplicate", s.template.pk),
    "template-archive": lambda s: s.post("template-archive", s.template.pk),
    "template-take-out": lambda s: s.post("template-take-out", s.archived.pk),
}

ONLY_SHOWS = "it only shows"
NO_DEED = {
    **dict.fromkeys(
        [
            "home", "settings", "audit", "staff-list", "reset-asked", "mfa_index", "recovery-codes",
            "recovery-codes-file", "own-sessions", "calendar", "reports", "help", "help-page",
            "healthz", "metrics", "readyz",
            "group-list", "people-search", "group-detail", "group-count", "group-sample", "job-detail", "segment-list",
            "segment-detail", "opt-out-list", "upload-people",
            "campaign-list", "campaign-detail", "campaign-why", "campaign-check", "run-list", "campaign-messages",
            "time-zones",
            "export-detail", "push-detail", "person-detail", "message-list", "message-detail",
            "script-call-list", "script-call-detail",
            "replies", "answer-word-list", "answer-starter-list",
            "template-list", "template-starters", "template-history", "scripts",
        ],
        ONLY_SHOWS,
    ),
    "campaign-who-count": "counts what is filled in, and keeps nothing",
    "campaign-preview": "shows what is typed; a test that it sends is written down as campaign-test is",
    "template-preview": "shows what is typed",
    "upload-detail": "says which column is what; nobody is written before the import, which has its entry",
    "upload-reading": "says how the file is read; the same",
    "gateway-test": "asks for the balance, as the portal does by itself",
    "account_login": "another name of sign-in",
    "sign-in-passkey": "signs in by the same signal; with a passkey in the browser's test",
    "sign-in-again": "shows that it is still them",
    "oidc": "leads to the OpenID provider; with a provider, in the tests of single sign-on",
    "oidc-callback": "signs in by the same signal; people and roles have their entries in those tests",
    "reset": "sends a mail; the new password has its entry",
    "passkey-add": "with a passkey in the browser's test, by the function of app-add",
    "sendsms": "a script's, by its key; with its entry in the tests of the vendor's API",
    "sendmultiple": "the same",
    "no-such-address": "there is nothing",
    "dlr-receive": "what the gateway posts is kept as reports",
    "dlr-receive-plain": "the same",
    "inbound": "what the gateway posts is kept as replies",
}  # fmt: skip


def named(patterns):
    for one in patterns:
        if isinstance(one, URLPattern):
            yield one.name
        elif str(one.pattern) not in ("admin/", "v1/"):
            yield from named(one.url_patterns)


def by_code(person):
    secret, _ = make_app(person)
    client = Client(REMOTE_ADDR=ADDRESS)
    client.post("/sign-in", {"username": "mary", "password": "right horse"})
    return client.post("/sign-in/code", {"code": code_of(secret)})


def by_mail(person):
    client = Client(REMOTE_ADDR=ADDRESS)
    token = urlsafe_base64_encode(str(person.pk).encode()), default_token_generator.make_token(person)
    page = client.get(reverse("reset-confirm", args=token)).url
    return client.post(page, {"new_password1": "right horse battery", "new_password2": "right horse battery"})


def accept(link):
    typed = {"username": "new", "first_name": "New", "password1": "right horse battery"}
    return Client().post(urlsplit(link).path, typed | {"password2": typed["password1"]}, REMOTE_ADDR=ADDRESS)


def push(s):
    with override_settings(QSMS_BASE_URL="http://127.0.0.1:1", QSMS_API_KEY="qsms_live_key"):
        return s.post("group-push", s.group.pk)


def mail_weekly(s):
    User.objects.filter(pk=s.me.pk).update(email="me@example.com")
    return s.post("report-mail-create", query="period=last-week", person=[s.me.pk])


def finished(s):
    return s.post("conversation-done", s.conversation.pk, up_to=s.conversation.last_reply)


def answer_one(s):
    typed = {"sender": s.sender.pk, "text": "hello", "up_to": s.conversation.last_reply}
    looked_at = s.post("conversation-detail", s.conversation.pk, **typed)
    return s.post("conversation-detail", s.conversation.pk, **typed, opened=looked_at.context["opened"])


def send_one(s):
    typed = {"to": PHONE, "sender": s.sender.pk, "text": "hello"}
    return s.post("message-create", **typed, opened=s.post("message-create", **typed).context["opened"])


def test_every_address_is_done_or_named():
    assert set(named(urlpatterns)) == DEEDS.keys() | NO_DEED.keys()
    assert not DEEDS.keys() & NO_DEED.keys()


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_leaves_an_entry_with_who_and_from_where(sign_in, settings, name):
    settings.QSMS_UNCERTAIN_WAIT = timedelta(seconds=900)
    User.objects.create_user(**OLIVE)
    client = sign_in("administrator")
    client.defaults["REMOTE_ADDR"] = ADDRESS
    answer = DEEDS[name](Scene(client))
    assert answer.status_code in (200, 302), answer.content.decode()[:3000]
    mine = AuditEntry.objects.filter(address=ADDRESS)
    assert mine.exists(), f"{name} left no entry: call accounts.audit.record in its transaction"
    assert all(one.user is not None for one in mine)
    assert not any(word in str(one.detail) + one.about for one in mine for word in (PHONE, "712345678", "Jane"))
