"""The list of who must not be texted: seen by all, changed by managers, each change with its reason."""

from pathlib import Path

import pytest
import xlsxwriter
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.roles import Role
from contacts.models import Job, OptOut, StoredFile
from contacts.people import jobs
from contacts.spreadsheets import child, opening
from contacts.tasks import do_job
from tests.makers import make_contact, make_group, make_phone
from tests.reading import read
from tests.workbooks import packed_workbook

pytestmark = pytest.mark.django_db

PHONE = "254712345678"
NASTY = '<img src=x onerror=alert(1)>"><b>'


@pytest.fixture
def opt_out():
    return OptOut.objects.create(phone=PHONE, scope="all", source="reply", reason="Said STOP by text")


def addresses(opt_out):
    return [reverse("opt-out-list"), reverse("opt-out-create"), reverse("opt-out-delete", args=[opt_out.pk])]


def test_a_stranger_is_led_to_the_sign_in_page(sign_in, opt_out):
    for address in addresses(opt_out):
        for response in (sign_in().get(address), sign_in().post(address)):
            assert response.status_code == 302
            assert response["Location"].startswith("/sign-in")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMPOSER])
def test_who_is_no_manager_sees_the_list_and_changes_nothing(sign_in, opt_out, role):
    client = sign_in(role)
    shown, *changing = addresses(opt_out)
    page = client.get(shown)
    assert page.status_code == 200
    assert "0712 345 678" in page.content.decode()
    assert not any(address in page.content.decode() for address in changing)
    for address in changing:
        assert client.get(address).status_code == 403
        assert client.post(address, {"phone": "0723456789", "scope": "all", "reason": "x"}).status_code == 403
    assert OptOut.objects.get() == opt_out


def test_who_has_no_role_sees_nothing(sign_in, opt_out):
    client = sign_in(Role.VIEWER)
    client.get("/")
    viewer = User.objects.get(username="a viewer")
    viewer.groups.clear()
    client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("opt-out-list")).status_code == 403


@pytest.mark.parametrize("pk", [999, 10**17])
def test_what_is_not_there_is_404(sign_in, pk):
    client = sign_in(Role.MANAGER)
    assert client.get(reverse("opt-out-delete", args=[pk])).status_code == 404
    assert client.post(reverse("opt-out-delete", args=[pk]), {"reason": "x"}).status_code == 404


def test_the_groups_page_leads_to_the_list(sign_in):
    for role in Role:
        assert reverse("opt-out-list") in sign_in(role).get(reverse("group-list")).content.decode()


def test_an_empty_list_says_how_it_fills_and_offers_to_add_to_managers_only(sign_in):
    add = reverse("opt-out-create")
    manager, viewer = (sign_in(role).get(reverse("opt-out-list")).content.decode() for role in ("manager", "viewer"))
    assert "Nobody has opted out" in manager
    assert add in manager
    assert "Nobody has opted out" in viewer
    assert add not in viewer


@pytest.mark.parametrize(
    "source, words",
    [("reply", "Answered STOP"), ("operator", "The operator told us"), ("api", "Added by another program")],
)
def test_the_list_tells_in_words_what_where_from_and_when(sign_in, source, words):
    OptOut.objects.create(phone=PHONE, scope="promotional", source=source, reason=NASTY)
    page = sign_in(Role.VIEWER).get(reverse("opt-out-list")).content.decode()
    assert words in page
    assert "Marketing" in page
    assert NASTY not in page
    assert "<time" in page


@pytest.mark.parametrize("written", ["0712345678", "+254 712 345 678", "712-345-678", "0712 34", "254712345678"])
def test_a_number_is_found_in_any_form(sign_in, opt_out, written):
    other = OptOut.objects.create(phone="254799999999")
    page = sign_in(Role.VIEWER).get(reverse("opt-out-list"), {"q": written}).content.decode()
    assert "0712 345 678" in page
    assert "0799 999 999" not in page
    assert other.pk


@pytest.mark.parametrize("written", ["0733000000", "Jane", "', --", "²"])
def test_who_is_not_on_the_list_is_not_found(sign_in, opt_out, written):
    page = sign_in(Role.VIEWER).get(reverse("opt-out-list"), {"q": written}).content.decode()
    assert "No number on the list fits" in page


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 30, ""])
def test_numbers_in_addresses_are_not_trusted(sign_in, opt_out, before):
    assert sign_in(Role.VIEWER).get(reverse("opt-out-list"), {"before": before}).status_code == 200
    assert sign_in(Role.VIEWER).get("/contacts/opt-outs?q=%00").status_code == 400


def test_the_list_goes_on_after_a_page(sign_in):
    phones = [OptOut.objects.create(phone=make_phone()).phone for _ in range(60)]
    client = sign_in(Role.VIEWER)
    page, seen = client.get(reverse("opt-out-list")), []
    while True:
        shown = page.context["page"]
        seen += [one.phone for one in shown.rows]
        if not shown.next_url:
            break
        page = client.get(reverse("opt-out-list") + shown.next_url)
    assert seen == phones[::-1]
    assert shown.first_url


def test_a_manager_adds_a_number_with_scope_and_reason(sign_in):
    client = sign_in(Role.MANAGER)
    asked = {"phone": "0712 345 678", "scope": "promotional", "reason": "called on Monday"}
    page = client.post(reverse("opt-out-create"), asked, follow=True)
    assert "0712 345 678 gets no marketing from now on." in page.content.decode()
    added = OptOut.objects.get()
    assert (added.phone, added.scope, added.source, added.reason) == (PHONE, "promotional", "person", asked["reason"])
    assert added.created_by.username == "a manager"
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.about, entry.user) == ("opted out", f"opt-out {added.pk}", added.created_by)


def test_who_is_on_the_list_already_is_not_written_over(sign_in, opt_out):
    client = sign_in(Role.MANAGER)
    page = client.post(reverse("opt-out-create"), {"phone": PHONE, "scope": "all", "reason": "mine"}, follow=True)
    assert "on the list already" in page.content.decode()
    assert (OptOut.objects.get().reason, AuditEntry.objects.count()) == (opt_out.reason, 0)


@pytest.mark.parametrize(
    "change", [{"phone": ""}, {"phone": "0202345678"}, {"phone": "abc"}, {"scope": "x"}, {"reason": "x" * 201}]
)
def test_what_cannot_be_is_told_where_it_was_typed_and_kept(sign_in, change):
    asked = {"phone": "0712345678", "scope": "all", "reason": "called on Monday"} | change
    page = sign_in(Role.MANAGER).post(reverse("opt-out-create"), asked)
    assert page.status_code == 200
    assert "invalid-feedback" in page.content.decode()
    assert asked["reason"] in page.content.decode()
    assert not OptOut.objects.exists()


def test_an_opt_out_is_removed_with_a_reason_that_is_kept(sign_in, opt_out):
    client, address = sign_in(Role.MANAGER), reverse("opt-out-delete", args=[opt_out.pk])
    assert "This person said STOP" in client.get(address).content.decode()
    assert client.post(address, {"reason": " "}).status_code == 200
    assert OptOut.objects.exists(), "not without a reason"
    page = client.post(address, {"reason": "asked to get texts again"}, follow=True)
    assert "off the list" in page.content.decode()
    assert not OptOut.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.about) == ("opt-out taken back", f"opt-out {opt_out.pk}")
    assert entry.detail == {"scope": "all", "reason": "asked to get texts again"}
    assert client.post(address, {"reason": "twice"}).status_code == 404


def test_the_group_says_what_its_people_do_not_get(sign_in):
    group = make_group()
    both, marketing, nothing = (make_contact(group).phone for _ in range(3))
    for phone, scope in ((both, "all"), (both, "promotional"), (marketing, "promotional")):
        OptOut.objects.create(phone=phone, scope=scope)
    rows = sign_in(Role.VIEWER).get(reverse("group-detail", args=[group.pk])).context["rows"]
    assert {contact.phone: left_out for contact, _, left_out in rows} == {
        both: "no texts", marketing: "no marketing", nothing: None
    }  # fmt: skip


# A file of them


def upload(client, content, name="list.csv", **fields):
    from django.core.files.uploadedfile import SimpleUploadedFile

    body = {"scope": "all", "reason": "regulator's list", **fields}
    if content is not None:
        body["file"] = SimpleUploadedFile(name, content)
    return client.post(reverse("opt-out-upload"), body)


def test_a_file_of_numbers_is_left_out_and_what_is_no_number_is_told(sign_in, opt_out):
    content = b"Name,Simu\nJane,0712345678\nJohn,+254 722 000 001\nAli,0733XXX001\nTwice,0722000001\n"
    page = upload(sign_in(Role.MANAGER), content).content.decode()
    assert "<strong>1</strong> number left out" in page
    assert "1 was on the list already" in page
    assert "masked by M-PESA" in page
    assert "<td>4</td>" in page
    new = OptOut.objects.get(phone="254722000001")
    assert (new.source, new.reason, new.created_by.username) == ("upload", "regulator's list", "a manager")
    opt_out.refresh_from_db()
    assert opt_out.source == "reply"
    assert AuditEntry.objects.get().detail["added"] == 1


def test_rows_that_ran_together_leave_nobody_out_in_silence(sign_in):
    content = b'Name,Simu\n"Jane,0712345678\nJohn,0722000001\n"Ali",0722000002\nAmina,0722000003\n'
    page = upload(sign_in(Role.MANAGER), content).content.decode()
    assert "a quotation mark is open from line 2 to line 4: these rows ran together" in page
    assert list(OptOut.objects.values_list("phone", flat=True)) == ["254722000003"]


def test_pasted_numbers_are_left_out_of_marketing(sign_in):
    page = upload(sign_in(Role.MANAGER), None, pasted="0722000001\r\n0722000002", scope="promotional")
    assert "<strong>2</strong> numbers" in page.content.decode()
    assert set(OptOut.objects.values_list("scope", flat=True)) == {"promotional"}


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"Name\nJane\n", "no mobile number in it"),
        (b"%PDF-1.7 0722000001", "This file is a PDF"),
        (bytes(range(256)) * 20, "invalid-feedback"),
        (None, "Choose a file, or paste"),
    ],
)
def test_a_file_that_cannot_be_is_told_and_nothing_is_kept(sign_in, content, words):
    page = upload(sign_in(Role.MANAGER), content)
    assert (page.status_code, words in page.content.decode()) == (200, True)
    assert not OptOut.objects.exists()


def test_no_request_reads_a_workbook_of_numbers(sign_in, opt_out, tmp_path, monkeypatch):
    client = sign_in(Role.MANAGER)
    content = packed_workbook(tmp_path / "a.xlsx", [b"Simu", b"0712345678", b"0722000001", b"x1"], [[0], [1], [2], [3]])
    with monkeypatch.context() as patch:
        patch.setattr(opening, "read_in_child", lambda *_: pytest.fail("a request has read it"))
        answer = upload(client, content.read_bytes(), "a.xlsx")
    job = Job.objects.get()
    address = reverse("job-detail", args=[job.pk])
    assert answer["Location"] == address
    assert "The file is being read. Nobody is left out yet." in read(client.get(address))
    with child._turn(), child._turn():
        do_job(job.pk)
    assert jobs.jobs_standing_still(job.created_at + jobs.STANDS_STILL_AFTER * 2) == [job.pk]
    do_job(job.pk)
    page = read(client.get(address))
    assert "<strong>1</strong> number left out" in page
    assert "1 was on the list already" in page
    assert "has letters in it" in page
    assert OptOut.objects.get(phone="254722000001").created_by.username == "a manager"
    assert not StoredFile.objects.exists(), "what was read is not kept"
    do_job(job.pk)
    assert AuditEntry.objects.count() == 1


def test_a_workbook_that_cannot_be_read_leaves_nobody_out_and_says_why(sign_in, tmp_path):
    client = sign_in(Role.MANAGER)
    texts = [b"Simu", b"0722000001", (b"a" * (1 << 20) for _ in range(20))]
    upload(client, packed_workbook(tmp_path / "a.xlsx", texts, [[0], [1, 2]]).read_bytes(), "a.xlsx")
    job = Job.objects.get()
    do_job(job.pk)
    page = read(client.get(reverse("job-detail", args=[job.pk])))
    assert "A cell of the workbook is longer than 32,767 letters" in page
    assert "Upload another file" in page
    assert not OptOut.objects.exists()


CASE = (Path(__file__).parent.parent / "data" / "cases" / "opt_outs_two_columns.csv").read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        CASE,
        b"Alt phone,Phone\n0712006451,0712006441\n,0712006442\n,none\n,0712006444\n",
        b"Officer,Line,ID Number\n0712006451,0712006441,23456701\n,0712006442,23456702\n,none,2\n,0712006444,3\n",
    ],
)
def test_the_phone_of_a_file_is_found_as_for_people(sign_in, content):
    page = upload(sign_in(Role.MANAGER), content).content.decode()
    assert set(OptOut.objects.values_list("phone", flat=True)) == {"254712006441", "254712006442", "254712006444"}
    assert "<td>4</td>" in page and "none" in page


TWO = b"Name,Phone,Mobile\nAnn,0712006441,0722006441\nBen,0712006442,0722006442\n"


def test_where_two_are_close_it_is_asked_which_is_left_out(sign_in):
    client = sign_in(Role.MANAGER)
    page = upload(client, TWO).content.decode()
    assert "“Phone” and “Mobile” may each be the phone number" in page
    assert '<option value="Mobile">' in page
    assert not OptOut.objects.exists()
    upload(client, TWO, column="Mobile")
    assert set(OptOut.objects.values_list("phone", flat=True)) == {"254722006441", "254722006442"}


def test_of_two_columns_with_one_heading_the_chosen_one_is_left_out(sign_in):
    client = sign_in(Role.MANAGER)
    content = TWO.replace(b"Mobile", b"Phone")
    assert '<option value="Column C">' in upload(client, content).content.decode()
    upload(client, content, column="Column C")
    assert set(OptOut.objects.values_list("phone", flat=True)) == {"254722006441", "254722006442"}


def test_of_a_workbook_it_is_asked_once_a_worker_has_read_it(sign_in, tmp_path):
    client, path = sign_in(Role.MANAGER), tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(TWO.decode().splitlines()):
            sheet.write_row(number, 0, line.split(","))
    for column, out in (("", 0), ("mobile", 2)):
        upload(client, path.read_bytes(), path.name, column=column)
        job = Job.objects.latest("pk")
        do_job(job.pk)
        page = read(client.get(reverse("job-detail", args=[job.pk])))
        assert ("may each be the phone number" in page) == (not out)
        assert OptOut.objects.filter(phone__startswith="2547220064").count() == OptOut.objects.count() == out


def test_a_column_that_is_not_there_is_told(sign_in):
    page = read(upload(sign_in(Role.MANAGER), TWO, column="Simu"))
    assert "There is no column “Simu”. There are: Name, Phone, Mobile." in page
    assert not OptOut.objects.exists()


def test_only_managers_upload(sign_in):
    address = reverse("opt-out-upload")
    assert sign_in().post(address).status_code == 302
    for role in (Role.VIEWER, Role.COMPOSER):
        assert sign_in(role).get(address).status_code == 403
        assert sign_in(role).post(address).status_code == 403
    assert sign_in(Role.MANAGER).get(address).status_code == 200


def test_the_list_is_filtered_by_source_and_scope(sign_in, opt_out):
    OptOut.objects.create(phone="254722000001", source="operator", scope="promotional")
    client = sign_in(Role.VIEWER)
    for asked, phone in (({"source": "operator"}, "254722000001"), ({"scope": "all"}, PHONE)):
        page = client.get(reverse("opt-out-list"), asked)
        assert [one.phone for one in page.context["page"].rows] == [phone]
    assert len(client.get(reverse("opt-out-list"), {"source": "x"}).context["page"].rows) == 2
    page = client.get(reverse("opt-out-list"), {"source": "upload"}).content.decode()
    assert "No number on the list fits" in page
