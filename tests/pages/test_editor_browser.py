"""The editor in a real browser: the price jumps and falls, people are gone through, mistakes are mended; and the
browser's own counter and marks agree with the server's on shared cases and on chance ones."""

import json
import random
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from campaigns import gsm, placeholders
from campaigns.models import Message, MessageTemplate
from tests.makers import confirm_phone, make_campaign, make_contact, make_group, make_sender
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

PURE = Path(__file__).resolve().parent.parent / "pure"
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
NASTY = '<img src=x onerror="document.title=1">'


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request):
    return request.param


@pytest.fixture
def page(chromium, live_server, sign_in):
    page = signed_in(chromium, live_server, sign_in(Role.MANAGER)).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def loans():
    group = make_group("Loans")
    for name, balance in (("Jane Wanjiru", "5000.00"), ("John Otieno", "70.00"), (NASTY, "1.00")):
        make_contact(group, name=name, balance=balance)
    return group


LONG = "Dear <name>, your balance of KES <balance> is due. Please pay by Friday, or call Ng’ang’a."


def test_a_curly_quote_makes_the_price_jump_and_replace_makes_it_fall(page, loans):
    campaign = make_campaign(loans, text="Dear <name>", sender=make_sender("LENDER", price="0.60"))
    page.goto(f"/campaigns/{campaign.pk}/what")
    preview = page.locator("#preview")
    preview.get_by_text("KES 0.60").wait_for()
    page.get_by_label("Text", exact=True).fill(LONG)
    preview.get_by_text("KES 1.20").wait_for()
    expect(preview).to_contain_text("2 parts")
    expect(page.locator("mark.mark-costly")).to_have_text(["’", "’"])
    expect(page.locator("mark.mark-field")).to_have_text(["<name>", "<balance>"])
    preview.get_by_role("button", name="Replace with '").click()
    preview.get_by_text("KES 0.60").wait_for()
    expect(page.get_by_label("Text", exact=True)).to_have_value(LONG.replace("’", "'"))
    expect(page.locator("mark.mark-costly")).to_have_count(0)


def test_another_sender_is_another_price_at_once(page, loans):
    make_sender("DEAR", price="2.00")
    page.goto(f"/campaigns/{make_campaign(loans, sender=make_sender('LENDER', price='0.60')).pk}/what")
    page.locator("#preview").get_by_text("KES 0.60").wait_for()
    page.get_by_label("Sender ID").select_option(label="DEAR")
    page.locator("#preview").get_by_text("KES 2.00").wait_for()


def test_the_next_contact_and_the_longest_and_a_name_that_is_only_data(page, loans):
    campaign = make_campaign(loans, text="Dear <name>, KES <balance>")
    page.goto(f"/campaigns/{campaign.pk}/what")
    bubble = page.locator("#preview .bubble")
    assert bubble.inner_text() == "Dear Jane Wanjiru, KES 5,000.00"
    page.get_by_role("button", name="Next person").click()
    page.get_by_text("Dear John Otieno, KES 70.00").wait_for()
    assert page.evaluate("document.activeElement.id") == "show-next"
    page.get_by_label("Text", exact=True).fill("Hello <name>")
    page.get_by_text("Hello John Otieno", exact=True).wait_for()
    page.get_by_role("button", name="The longest").click()
    page.get_by_text(f"Hello {NASTY}").wait_for()
    page.get_by_role("button", name="Previous person").click()
    page.get_by_text("Hello John Otieno", exact=True).wait_for()
    assert page.title() != "1"


def test_an_unknown_placeholder_is_marked_and_mended_at_its_place(page, loans):
    page.goto("/templates/new")
    page.get_by_label("Seen with the people of").select_option("Loans")
    field = page.get_by_label("Text", exact=True)
    field.fill("😀 Dear <name>,  \nKES <balnce:0> is due")
    page.get_by_text("Did you mean <balance>?").wait_for()
    assert page.locator("mark.mark-unknown").inner_text() == "<balnce:0>"
    page.get_by_role("button", name="Show me").click()
    assert page.evaluate("getSelection().toString()") == "<balnce:0>"
    page.get_by_role("button", name="Write <balance:0>").click()
    assert field.input_value() == "😀 Dear <name>,\nKES <balance:0> is due"
    page.get_by_text("KES 5,000 is due").wait_for()
    page.get_by_label("Name").fill("Due")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("is saved").wait_for()
    assert MessageTemplate.objects.get().text == "😀 Dear <name>,\nKES <balance:0> is due"


def test_a_field_is_put_in_at_the_cursor(page, loans):
    page.goto(f"/campaigns/{make_campaign(loans, text='Dear , hello').pk}/what")
    field = page.get_by_label("Text", exact=True)
    field.evaluate("field => field.setSelectionRange(5, 5)")
    page.get_by_role("button", name="<name>", exact=True).click()
    assert field.input_value() == "Dear <name>, hello"
    page.get_by_text("Dear Jane Wanjiru, hello").wait_for()


def test_a_test_text_goes_out_from_the_editor(page, loans):
    campaign = make_campaign(loans, text="Dear <name>")
    page.goto(f"/campaigns/{campaign.pk}/what")
    page.get_by_role("link", name="Confirm it").wait_for()
    for user in User.objects.all():
        confirm_phone(user.username)
    page.reload()
    page.get_by_role("button", name="Next person").click()
    page.get_by_text("Dear John Otieno", exact=True).wait_for()
    page.get_by_role("button", name="Send this text to my phone").click()
    page.get_by_text("Sent to 0712 000 001.").wait_for()
    assert Message.objects.get().text == "Dear John Otieno"


def test_the_marks_stand_where_the_words_do(page, loans):
    text = "Dear <name>,\n\n" + "word " * 60 + "<balance> " * 30
    page.goto(f"/campaigns/{make_campaign(loans, text=text).pk}/what")
    field, marks = page.locator("[data-editor] textarea"), page.locator("[data-marks]")
    for size in ({"width": 1440, "height": 900}, {"width": 390, "height": 800}):
        page.set_viewport_size(size)
        field.evaluate("field => field.scrollTop = 40")
        page.wait_for_timeout(100)
        boxes = [one.evaluate("e => [e.clientWidth, e.scrollHeight, e.scrollTop]") for one in (field, marks)]
        assert abs(boxes[0][0] - boxes[1][0]) <= 1
        assert abs(boxes[0][1] - boxes[1][1]) <= 2
        assert boxes[0][2] == boxes[1][2]


@pytest.mark.parametrize("address", ["/templates/new", "campaign"])
def test_on_a_phone_the_text_is_seen_right_under_where_it_is_written(page, loans, address):
    address = address if address != "campaign" else f"/campaigns/{make_campaign(loans, text='“é” ' * 99).pk}/what"
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    field, seen, language = (
        one.bounding_box()
        for one in (page.locator("[data-editor]"), page.locator("#preview"), page.get_by_label("Days and months in"))
    )
    assert field["y"] + field["height"] < seen["y"] < field["y"] + field["height"] + 120
    assert seen["y"] + seen["height"] <= language["y"]
    page.set_viewport_size({"width": 1440, "height": 900})
    form, seen, rest = (
        one.bounding_box() for one in (page.locator("#what"), page.locator("#preview"), page.locator("#what ~ .card"))
    )
    assert (form["y"], form["x"]) == (seen["y"], rest["x"])
    # However long what is seen beside it has become.
    assert form["y"] + form["height"] < rest["y"] < form["y"] + form["height"] + 20


def test_without_scripts_the_same_buttons_work(chromium, live_server, sign_in, loans):
    page = signed_in(chromium, live_server, sign_in(Role.MANAGER), java_script_enabled=False).new_page()
    campaign = make_campaign(loans, text="Dear <nane>, it’s KES <balance>")
    page.goto(f"/campaigns/{campaign.pk}/what")
    page.get_by_role("button", name="Write <name>").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Dear <name>, it’s KES <balance>")
    page.get_by_role("button", name="Replace with '").click()
    expect(page.get_by_text("Dear Jane Wanjiru, it's KES 5,000.00")).to_be_visible()
    page.get_by_role("button", name="Next person").click()
    expect(page.get_by_text("Dear John Otieno, it's KES 70.00")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Hello <name>")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Hello John Otieno", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Show me")).to_be_hidden()
    page.get_by_role("button", name="Go on: when").click()
    campaign.refresh_from_db()
    assert campaign.text == "Hello <name>"
    page.context.close()


def test_one_text_is_counted_as_it_is_typed(page):
    make_sender("LENDER", is_default=True)
    page.goto("/messages/new")
    page.get_by_label("Text", exact=True).fill("a" * 161)
    assert "161 characters, 2 parts, 145 left" in page.locator("#counted").inner_text()
    page.get_by_label("Text", exact=True).fill("a" * 159 + "’")
    assert "160 characters, 3 parts, 41 left" in page.locator("#counted").inner_text()
    assert "makes each part shorter" in page.locator("#counted").inner_text()


@pytest.fixture(scope="module")
def blank(chromium):
    page = chromium.new_page()
    page.add_script_tag(path=SCRIPTS / "parts.js")
    page.add_script_tag(path=SCRIPTS / "placeholders.js")
    yield page
    page.close()


def test_the_browser_counts_parts_as_the_server_does(blank):
    chance = random.Random(7)
    vectors = json.loads((PURE / "parts_vectors.json").read_text())
    texts = ["".join(piece * times for piece, times in one["text"]) for one in vectors]
    for alphabet in (gsm.BASIC + gsm.EXTENDED, "ab€^", "abж’", "a😀🇰ж", "😀"):
        texts += ["".join(chance.choices(alphabet, k=chance.randrange(700))) for _ in range(100)]
    counted = blank.evaluate("texts => texts.map((text) => Parts.count(text))", texts)
    for text, told in zip(texts, counted, strict=True):
        found = gsm.count(text)
        assert told == {"encoding": found.encoding, "units": found.units, "parts": found.parts, "left": found.left}


def test_the_browser_finds_fields_where_the_server_does(blank):
    chance = random.Random(11)
    vectors = json.loads((PURE / "segments_vectors.json").read_text())
    texts = [one["text"] for one in vectors]
    texts += ["".join(chance.choices("ab<<<>>|:?' ,\n{éÀ1/😀", k=chance.randrange(40))) for _ in range(3_000)]
    script = """texts => texts.map((text) => Placeholders.segments(text).map(
        ({ start, end, kind, key }) => [text.slice(start, end), kind, key]))"""
    for text, told in zip(texts, blank.evaluate(script, texts), strict=True):
        assert told == [[text[one.start : one.end], one.kind.value, one.key] for one in placeholders.segments(text)]
