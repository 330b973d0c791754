"""The question about rows of one number in a real browser, on a phone and on a desk: no answer is made beforehand."""

import pytest

from accounts.roles import Role
from contacts import importing
from contacts.models import Upload
from contacts.tasks import work_on
from tests.makers import make_group
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

PUPILS = "phone,name,adm no,balance\n0712345678,Amina,1201,500\n0712345678,Juma,1202,700\n0722345678,Ali,1203,0\n"


@pytest.mark.parametrize("width", [360, 1440])
def test_the_question_is_answered_with_a_click_and_a_choice(chromium, live_server, sign_in, width):
    context = signed_in(chromium, live_server, sign_in(Role.COMPOSER), viewport={"width": width, "height": 800})
    page = context.new_page()
    group = make_group("Pupils", fields={})
    upload = importing.begin_upload(group, "list.csv", [PUPILS.encode()], repeats=Upload.Repeats.ASK)
    importing.order_check(upload)
    work_on(upload.pk)
    page.goto(f"/contacts/uploads/{upload.pk}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    question = page.get_by_role("group", name="1 number stands in more than one row with different values.")
    radios = question.get_by_role("radio")
    assert [one.is_checked() for one in radios.all()] == [False] * 4
    assert question.get_by_label("The column that tells these rows apart").input_value() == "2"
    # Without an answer nothing is written.
    page.get_by_role("button", name="Import").click()
    page.get_by_text("Say first whether these are several rows of one person.").wait_for()
    upload.refresh_from_db()
    assert upload.is_checked
    question.get_by_label("Yes, told apart by").check()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("You chose something else").wait_for()
    work_on(upload.pk)
    page.goto(f"/contacts/uploads/{upload.pk}")
    page.get_by_text("Rows of one number are told apart by “adm no”").wait_for()
    page.get_by_role("button", name="Import 3 rows").click()
    page.wait_for_load_state()
    work_on(upload.pk)
    page.goto(f"/contacts/uploads/{upload.pk}")
    page.get_by_text("Done: 3 new").wait_for()
    group.refresh_from_db()
    assert (group.key, group.contacts.count()) == ("adm_no", 3)
    page.goto(f"/contacts/{group.pk}/fields")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_label("Several rows for one number: told apart by").input_value() == "adm_no"
    context.close()
