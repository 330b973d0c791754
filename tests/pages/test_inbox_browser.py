"""The inbox in a browser: opening a conversation reads it, a double click answers once, axe finds nothing."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.models import AnswerStarter, Conversation, Message
from tests.approving import person
from tests.axe import violations
from tests.makers import make_contact, make_group, make_sender
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("database_beside_the_browser"),
]

PHONE = "254726770792"


@pytest.fixture
def there():
    make_sender("70700", is_default=True)
    make_contact(make_group("Loan clients"), PHONE, "Jane Wanjiru")
    for text in ("I have paid, see QGH7X1", "please stop"):
        receive({"mobile": PHONE, "message": text, "shortcode": "70700"})
    filing.file_new()
    AnswerStarter.objects.create(name="Thanks", text="Thank you, we have seen it.")
    return Conversation.objects.get()


def page_of(chromium, live_server, width, *, scripts=True):
    client, viewport = person("mary", Role.MANAGER)[1], {"width": width, "height": 844}
    return signed_in(chromium, live_server, client, viewport=viewport, java_script_enabled=scripts).new_page()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_reply_is_read_and_answered_once(chromium, live_server, there, width):
    page = page_of(chromium, live_server, width)
    page.goto("/replies")
    assert violations(page) == []
    with page.expect_response(lambda answer: answer.url.endswith("/read")) as answered:
        page.get_by_role("link", name="Jane Wanjiru").click()
    assert answered.value.status == 204
    there.refresh_from_db()
    assert not there.is_unread
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Thanks").click()
    page.get_by_label("Your answer").press("End")
    page.get_by_label("Your answer").press_sequentially(" Bye.")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("about KES 0.60")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Send 1 text").dblclick()
    page.wait_for_url(f"**/replies/with/{there.pk}#text-*")
    expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
    assert Message.objects.get().text == "Thank you, we have seen it. Bye."
    # What was sent is not brought back, to be sent again.
    assert page.get_by_label("Your answer").input_value() == ""
    page.goto(f"/replies/with/{there.pk}")
    assert page.get_by_label("Your answer").input_value() == ""
    page.context.close()


def test_it_works_without_scripts(chromium, live_server, there):
    page = page_of(chromium, live_server, 390, scripts=False)
    page.goto(f"/replies/with/{there.pk}")
    page.get_by_role("button", name="Mark as read").click()
    there.refresh_from_db()
    assert not there.is_unread
    page.get_by_label("Your answer").fill("Thank you.")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Send 1 text").click()
    assert Message.objects.get().text == "Thank you."
    page.get_by_role("button", name="Done").click()
    there.refresh_from_db()
    assert there.is_done
    page.context.close()
