"""Each client, by its real interpreter, against a whole portal that runs beside it, as `make up` starts it."""

import json
import time
import urllib.request

import pytest

from qsms_portal.scripting import samples, vendor
from qsms_portal.scripting.views import all_calls
from tests.clients.interpreters import LANGUAGES, Failed, need
from tests.clients.programs import program, run, with_account
from tests.journey.portal import Portal

IN_TIME = 120


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portal") / "data"
    folder.mkdir()
    portal = Portal(folder)
    every_text_arrives(folder)
    yield portal
    portal.stop()


def every_text_arrives(folder):
    port, secret = ((folder / name).read_text().strip() for name in ("simulator-port", "simulator-secret"))
    body = json.dumps({"mix": {"delivered": 1}, "report_delay": [0.2, 0.5]}).encode()
    headers = {"Authorization": f"Bearer {secret}"}
    urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{port}/_simulator/chaos", body, headers, method="POST")
    ).close()


@pytest.fixture(scope="module")
def key(portal):
    return portal.key()


@pytest.fixture
def ask(driver, portal, key):
    client = {"api_key": key, "sender": "PRACTICE"}
    return lambda op, **asked: driver.ask(op, portal.url, client=client, **asked)


@pytest.fixture
def number(language):
    """Of its own for each language: nobody is texted the same twice."""
    return f"25471190000{LANGUAGES.index(language)}"


def wait_for(ask, op, pk, is_so):
    until = time.monotonic() + IN_TIME
    while not is_so(told := ask(op, id=pk)):
        assert time.monotonic() < until, told
        time.sleep(0.2)
    return told


def test_contacts_are_added_and_texted_by_a_campaign(ask, driver, number, portal):
    group = f"parents_{driver.language}"
    contacts = [
        {"phone": f"+{number}", "name": "Jane Wanjiru – ü", "balance": "5000"},
        {"phone": "12", "name": "Nobody", "balance": "1"},
    ]
    added = ask("add_contacts", group=group, contacts=contacts)
    assert (added["group"], added["created"], added["duplicates"]) == (group, 1, 0)
    assert [(one["index"], one["phone"]) for one in added["rejected"]] == [(1, "12")]
    text = "Dear <name>, your balance is KES <balance>."
    campaign = ask("launch_campaign", name=group, group=group, text=text, kind="transactional")
    assert campaign["run"]["id"]
    done = wait_for(ask, "campaign_status", campaign["id"], lambda told: told["totals"]["delivered"] == 1)
    assert (done["name"], done["totals"]["audience"], done["totals"]["queued"]) == (group, 1, 0)
    (message,) = ask("call", method="GET", path=f"/v1/campaigns/{campaign['id']}/messages")["results"]
    told = ask("message_status", id=message["id"])
    assert (told["status"], told["to"]) == ("delivered", f"+{number}")
    assert told["message"] == "Dear Jane Wanjiru – ü, your balance is KES 5000."
    assert [text["message"] for text in portal.ledger() if text["mobile"] == number] == [told["message"]]


def test_a_draft_is_left_alone(ask, driver, number):
    group = f"drafts_{driver.language}"
    ask("add_contacts", group=group, contacts=[{"phone": number}])
    asked = {"name": group, "group": group, "text": "Hello", "kind": "promotional", "options": {"launch": False}}
    campaign = ask("launch_campaign", **asked)
    assert (campaign["status"], campaign["run"]) == ("draft", None)


def test_the_balance_is_told(ask):
    balance = ask("balance")
    assert set(balance) == {"balance_kes", "sms_remaining", "rate_per_sms", "as_of"}
    assert float(balance["rate_per_sms"]) > 0 and balance["as_of"]


def test_what_is_refused_names_the_fields(ask, driver):
    with pytest.raises(Failed) as failed:
        ask("launch_campaign", name="x", group="no such group", text="Hello", kind="transactional")
    told = failed.value.told
    assert (told["kind"], told["code"], told["status"]) == ("refused", "invalid", 422)
    assert told["message"] and told["fields"]
    with pytest.raises(Failed) as failed:
        ask("message_status", id=999_999_999)
    assert (failed.value.told["code"], failed.value.told["status"]) == ("not_found", 404)


def test_a_key_that_is_none(driver, portal):
    with pytest.raises(Failed) as failed:
        driver.ask("balance", portal.url, client={"api_key": "qsms_live_none"})
    told = failed.value.told
    assert (told["kind"], told["code"], told["status"]) == ("refused", "unknown_key", 401)


def test_one_text_is_sent_and_followed_until_it_is_delivered(ask, number, portal):
    sent = ask("send_one", mobile=number, message="One – ü", options={"client_ref": "parcel-17"})
    assert (sent["state"], sent["code"], sent["mobile"]) == ("accepted", "1000", number)
    told = wait_for(ask, "message_status", sent["message_id"], lambda told: told["status"] == "delivered")
    assert told["message"] == "One – ü" and told["delivered_at"]
    assert "One – ü" in [text["message"] for text in portal.ledger() if text["mobile"] == number]


def test_of_many_texts_each_is_told_by_itself(ask, number):
    texts = [
        {"mobile": number, "message": "First of many", "client_ref": "001A"},
        {"mobile": "12", "message": "Nobody's", "client_ref": "001B"},
        {"mobile": number, "message": "Second of many", "client_ref": "001C"},
    ]
    results = ask("send_many", texts=texts)
    assert [(one["client_ref"], one["state"]) for one in results] == [
        ("001A", "accepted"),
        ("001B", "refused"),
        ("001C", "accepted"),
    ]
    assert results[1]["code"] == "1003"
    for one in (results[0], results[2]):
        wait_for(ask, "message_status", one["message_id"], lambda told: told["status"] == "delivered")


def test_a_text_with_a_key_of_the_caller_is_sent_once(ask, driver, number, portal):
    words = f"Once, by {driver.language}"
    asked = {"mobile": number, "message": words, "options": {"idempotency_key": f"once-{driver.language}"}}
    first, second = ask("send_one", **asked), ask("send_one", **asked)
    assert first["message_id"] == second["message_id"]
    wait_for(ask, "message_status", first["message_id"], lambda told: told["status"] == "delivered")
    assert [text["message"] for text in portal.ledger()].count(words) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"mobile": "12"}, "1003"), ({"options": {"sender": "NOBODY"}}, "1001"), ({"message": ""}, "1015")],
)
def test_a_text_that_is_refused_says_why(ask, number, changed, code):
    with pytest.raises(Failed) as failed:
        ask("send_one", **{"mobile": number, "message": "Hello", **changed})
    assert (failed.value.kind, failed.value.told["code"]) == ("refused", code)


def test_a_text_by_a_key_that_is_none(driver, portal, number):
    with pytest.raises(Failed) as failed:
        driver.ask("send_one", portal.url, client={"api_key": "none"}, mobile=number, message="Hello")
    assert (failed.value.kind, failed.value.told["code"], failed.value.told["status"]) == ("refused", "1006", 200)


CALLS = {(call.method, call.path): call for call in all_calls()}


@pytest.fixture(scope="module")
def loan_clients(portal, key, workshop, tmp_path_factory):
    """The group of the examples, which the samples add to and text, made by a sample too."""
    code = program("python", portal.url, [CALLS["POST", "/v1/groups"]])
    run("python", with_account(code, key), tmp_path_factory.mktemp("group"), workshop)


@pytest.mark.usefixtures("loan_clients")
@pytest.mark.parametrize("name", samples.LANGUAGES)
def test_the_samples_of_the_page_work_as_they_stand(name, portal, key, workshop, tmp_path):
    need(name)

    def made(*named, ids=None):
        code = program(name, portal.url, [CALLS[one] for one in named], ids)
        return run(name, with_account(code, key), tmp_path, workshop)

    def asked(path):
        request = urllib.request.Request(f"{portal.url}{path}", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    before = {one["id"] for one in asked("/v1/campaigns?limit=1000")["results"]}
    made(("POST", "/v1/contacts"), ("POST", "/v1/campaigns"), ("POST", "/v1/messages"), ("POST", "/v1/opt-outs"))
    (campaign,) = [one for one in asked("/v1/campaigns")["results"] if one["id"] not in before]
    assert campaign["run"] is not None and campaign["name"] == "December balances"
    ids = {path: campaign["id"] for _, path in CALLS if path.startswith("/v1/campaigns/")}
    said = made(
        ("GET", "/v1/contacts"), ("GET", "/v1/campaigns/{pk}"), ("GET", "/v1/campaigns/{pk}/messages"),
        ("GET", "/v1/campaigns"), ("GET", "/v1/balance"), ("GET", "/v1/groups"), ("GET", "/v1/campaigns/{pk}/runs"),
        ("DELETE", "/v1/opt-outs"), ids=ids,
    )  # fmt: skip
    assert "+254712345678" in said and "sms_remaining" in said.lower().replace("smsremaining", "sms_remaining")
    assert "unknown_key" not in said and '"error"' not in said


@pytest.mark.parametrize("name", samples.LANGUAGES)
def test_the_samples_that_send_work_as_they_stand(name, portal, key, workshop, tmp_path):
    need(name)
    code = program(name, portal.url, vendor.CALLS)
    before = len(portal.ledger())
    run(name, with_account(code, key), tmp_path, workshop)
    until = time.monotonic() + IN_TIME
    while len(new := portal.ledger()[before:]) < 3:
        assert time.monotonic() < until, new
        time.sleep(0.2)
    words = ["This is a first message", "This is a second message", "this is a test message"]
    assert sorted(text["message"] for text in new) == words


def test_the_vendors_own_script_works(portal, key, workshop, tmp_path):
    code = vendor.SCRIPT.format(address=portal.url).replace("254722XXXX00", "254722000000")
    said = run("python", with_account(code, key), tmp_path, workshop)
    assert "'status_code': '1000'" in said
