"""The page of a key's callbacks: its address, its secrets, what was answered, and what was given up."""

import re

import pytest

from accounts.models import ApiKey, AuditEntry
from accounts.roles import Role
from campaigns import callbacks
from campaigns.callbacks.receivers import Health, keep_health, rest_of
from campaigns.models import Callback
from tests.makers import make_sender
from tests.reading import read
from tests.receiving import Receiver, make_told_key, queue_text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings):
    settings.CALLBACK_PRIVATE_HOSTS = ["127.0.0.1"]
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def key(receiver):
    return make_told_key(receiver.url)[0]


def secret_on(page):
    found = re.search(r"qsms_callback_[\w-]+", page)
    return found and found[0]


def test_an_address_is_given_and_its_secret_shown_once(sign_in, receiver):
    client, key = sign_in(Role.ADMINISTRATOR), ApiKey.make("crm")[0]
    address = f"/settings/keys/{key.pk}/callbacks"
    assert f'href="{address}"' in client.get("/settings/keys").content.decode()
    assert "Nothing was posted yet" in read(client.get(address))
    shown = secret_on(read(client.post(address, {"url": receiver.url, "sent": "on"})))
    assert shown
    key.refresh_from_db()
    assert (key.callback_url, key.callback_sent) == (receiver.url, True)
    assert shown not in key.callback_secret
    assert secret_on(read(client.get(address))) is None
    entry = AuditEntry.objects.get(act="callback address changed")
    assert entry.detail == {"before": "", "after": receiver.url, "sent": True}
    assert shown not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
    told = read(client.post(address, {"url": ""}, follow=True))
    assert "Nothing is posted for this key." in told
    assert not ApiKey.objects.get(pk=key.pk).wants_callbacks


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.2/sms", "leads to 127.0.0.2, which is no public address"),
        ("https://10.1.2.3/", "which is no public address"),
        ("http://169.254.169.254/latest/meta-data", "which is no public address"),
        ("http://[::1]/", "which is no public address"),
        ("http://[::ffff:10.0.0.1]/", "which is no public address"),
        ("shop.test/sms", "Write the whole address"),
        ("https://me:secret@8.8.8.8/", "Leave name and password out"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_with_a_word_and_stays_typed(sign_in, key, receiver, url, words):
    response = sign_in(Role.ADMINISTRATOR).post(f"/settings/keys/{key.pk}/callbacks", {"url": url})
    assert words in read(response)
    assert f'value="{url}"' in response.content.decode()
    assert ApiKey.objects.get(pk=key.pk).callback_url == receiver.url


def test_a_secret_is_changed_in_two_steps(sign_in, key):
    client, address = sign_in(Role.ADMINISTRATOR), f"/settings/keys/{key.pk}/callbacks"
    first = ApiKey.objects.get(pk=key.pk).callback_secret
    made = secret_on(read(client.post(f"{address}/secret")))
    assert made
    assert ApiKey.objects.get(pk=key.pk).callback_old_secret == first
    # A third would leave the receiver with one that signs nothing any more.
    assert "retire the old one first" in read(client.post(f"{address}/secret", follow=True))
    assert "signs nothing any more" in read(client.post(f"{address}/retire", follow=True))
    assert ApiKey.objects.get(pk=key.pk).callback_old_secret == ""
    assert "Make a new secret" in read(client.get(address))


def test_a_test_says_what_was_answered(sign_in, key, receiver):
    client, address = sign_in(Role.ADMINISTRATOR), f"/settings/keys/{key.pk}/callbacks/test"
    assert "The sample was taken: HTTP 200: OK" in read(client.post(address, follow=True))
    (posted,) = receiver.posted
    assert (posted.event, posted.body["messageId"], posted.body["client_ref"]) == ("test", "0", "test")
    receiver.behave = lambda _posted: (404, b"<b>nothing</b> here")
    told = client.post(address, follow=True)
    assert "The sample was not taken. HTTP 404: &lt;b&gt;nothing&lt;/b&gt; here" in read(told)
    ApiKey.objects.filter(pk=key.pk).update(callback_url="")
    assert "No address is set for this key." in read(client.post(address, follow=True))
    assert not Callback.objects.exists()


def test_what_was_given_up_is_shown_and_sent_again(sign_in, key, receiver):
    client, address = sign_in(Role.ADMINISTRATOR), f"/settings/keys/{key.pk}/callbacks"
    text = queue_text(key, make_sender())
    for status, answer in (("given_up", "HTTP 500: no"), ("delivered", "HTTP 200")):
        Callback.objects.create(api_key=key, message=text.pk, event="delivered", status=status, answer=answer, tries=3)
    other = Callback.objects.create(api_key=make_told_key(receiver.url)[0], event="reply", status="given_up")
    told = read(client.get(address))
    assert "1 was given up" in told
    assert "HTTP 500: no" in told
    assert "0712 345 678" in told
    assert "HTTP 200" not in read(client.get(f"{address}?given-up=1"))
    keep_health(key.pk, Health(5, 2), rest_of(2))
    assert "has taken nothing since" in read(client.get(address))
    up = Callback.objects.get(status="given_up", api_key=key)
    told = read(client.post(f"{address}/again", {"callback": [up.pk, other.pk, "x", 10**17]}, follow=True))
    assert "1 is posted again" in told
    assert "was given up" not in told
    callbacks.post_due(20)
    assert [posted.number for posted in receiver.posted] == [up.pk]
    assert Callback.objects.get(pk=other.pk).status == "given_up"
    assert AuditEntry.objects.get(act="callbacks sent again").detail == {"callbacks": 1}


def test_a_key_that_has_ended_says_so_and_offers_nothing(sign_in, key):
    client, address = sign_in(Role.ADMINISTRATOR), f"/settings/keys/{key.pk}/callbacks"
    client.post(f"/settings/keys/{key.pk}/revoke")
    told = read(client.get(address))
    assert "This key has ended" in told
    assert "Send a test" not in told


def test_it_is_for_administrators(sign_in, key):
    for path in ("", "/secret", "/retire", "/test", "/again"):
        address = f"/settings/keys/{key.pk}/callbacks{path}"
        assert sign_in(Role.MANAGER).post(address).status_code == 403
        assert sign_in(Role.ADMINISTRATOR).post(address.replace(f"/{key.pk}/", "/99999999/")).status_code == 404
    assert sign_in(Role.MANAGER).get(f"/settings/keys/{key.pk}/callbacks").status_code == 403
