"""`import_contacts` over vCards, as phones and address books write them."""

import pytest

from contacts.models import Contact
from tests.contacts.management.test_import_cells import CASES, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        (tmp_path / "file.vcf").write_bytes(text.encode(encoding))
        return tmp_path / "file.vcf"

    return write


def card(*lines, version="3.0"):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def people():
    return {one.phone: one.name for one in Contact.objects.all()}


def test_each_card_is_a_person(tmp_path):
    path = tmp_path / "contacts.vcf"
    path.write_bytes((CASES / "contacts_vcf.txt").read_bytes())
    counts, _ = run(path)
    assert (counts["rows"], counts["created"]) == (2, 2)
    assert people() == {"254712003061": "Ann Demo", "254712003063": "Ben Demo"}
    assert Contact.objects.get(name="Ann Demo").values["phone_2"] == "+254-712-003-062"


JEROME = ("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=A9r=", "=C3=B4me =C3=89ric")
TEL = "TEL:0712345671"
AGENT = ("BEGIN:VCARD", "FN:John", "TEL:0712345672", "END:VCARD")


@pytest.mark.parametrize(
    "lines, version, name",
    [
        ((*JEROME, "TEL;CELL:0712345671"), "2.1", "Jérôme Éric"),
        (("FN;ENCODING=QUOTED-PRINTABLE:=4A=61=6E=65", "TEL;HOME;CELL;PREF:+254712345671"), "2.1", "Jane"),
        (("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:D=C3=A9mo;Jane;A.;;", TEL), "2.1", "Jane A. Démo"),
        (("FN:Demo\\, Jane", "N:Demo;Jane;;;", "item1.TEL;type=CELL:0712 345 671"), "3.0", "Demo, Jane"),
        (("FN:Jane", "  Demo", "TEL;TYPE=WORK:020 222 3344", "TEL;TYPE=CELL:0712345671"), "3.0", "Jane Demo"),
        (("FN:Jane", 'TEL;VALUE=uri;TYPE="voice,cell":tel:+254-712-345-671;ext=1'), "4.0", "Jane"),
        (("ORG:Demo Shop;Sales", "FN:", "TEL;TYPE=home:0712345671"), "4.0", "Demo Shop Sales"),
        (("fn:Jane", "tel:0712345671", "PHOTO;ENCODING=b;TYPE=JPEG:QUJD", " REVG", " R0hJ"), "3.0", "Jane"),
        (("FN:Jane", "TEL;TYPE=CELL:020 222 3344", TEL), "3.0", "Jane"),
        (("FN:Jane", "TEL;TYPE=HOME:0712345672", "TEL;TYPE=CELL:0712345671"), "3.0", "Jane"),
        (("FN:Jane", "TEL;HOME:0712345672", "TEL;HOME;PREF:0712345671"), "2.1", "Jane"),
        # No comma is escaped in vCards of 2.1, nor by many who write 3.0.
        (("FN:Demo, Jane", "N:Demo;Jane;;;", TEL), "2.1", "Demo, Jane"),
        (("FN:Demo, Jane", "N:Demo;Jane;;;", TEL), "3.0", "Demo, Jane"),
        (("FN:Demo\\; Jane\\nand John C:\\\\new", TEL), "3.0", "Demo; Jane and John C:\\new"),
        (("FN;ENCODING=BASE64:SmFuZQ==", "N:Demo;Jane;;;", TEL), "2.1", "Jane Demo"),
        (("FN:Jane", "TEL;TYPE=CELL:0712 345 671,2"), "3.0", "Jane"),
        (("FN:Jane", "TEL;X-Other:0712345671p1#"), "2.1", "Jane"),
        # A line that the library cannot read is left out; its number, if it has one, is taken all the same.
        (("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=none-such:=4A", "TEL;CELL:0712345671"), "2.1", ""),
        (("FN:Jane", "What is this", "TEL:0712345671"), "3.0", "Jane"),
        (("FN:Jane", "TEL;ENCODING=QUOTED-PRINTABLE;CHARSET=none-such:0712345671"), "2.1", "Jane"),
        (("AGENT:", *AGENT, "FN:Jane", "TEL:0712345671"), "2.1", "Jane"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_cards_as_they_are_written(file, lines, version, name, encoding):
    text = card(*lines, version=version)
    counts, _ = run(file(text + card("FN:Other", "TEL:0712345679") + "\r\n", encoding))
    assert (counts["created"], people()) == (2, {"254712345671": name, "254712345679": "Other"})


def test_two_numbers_in_a_line_are_two(file):
    run(file(card("FN:Jane", "TEL;TYPE=CELL:020 222 3344,0712345671,0712345672")))
    assert people() == {"254712345671": "Jane"}
    assert Contact.objects.get().values["phone_2"] == "0712345672"


def test_what_is_no_number_stays_as_it_stands(file):
    run(file(card("FN:Jane", "TEL;TYPE=CELL:0712345671", "TEL:0712,345,672")))
    assert Contact.objects.get().values["phone_2"] == "0712,345,672"


def test_a_card_without_a_good_number_is_rejected_and_one_without_its_end_ends(file):
    text = card("FN:Jane", "TEL:0712345671") + card("FN:None") + card("FN:Bad", "TEL:12345")
    text += (
        "BEGIN:VCARD\nFN:Open\nTEL:0712345672\n" + card("FN:Last", "TEL:0712345673") + "BEGIN:VCARD\nTEL:0712345674\n"
    )
    counts, _ = run(file(text))
    assert (counts["rows"], counts["created"], counts["rejected"]) == (6, 4, 2)


def test_what_else_a_card_says_is_a_field(file):
    text = card("FN:Jane", "TEL:0712345671", "EMAIL:jane@example.org", "BDAY:19900502", "ORG:Demo;Nairobi")
    run(file(text + card("FN:John", "TEL:0712345672", "NOTE:owes me")))
    assert Contact.objects.get(name="Jane").values == {
        "email": "jane@example.org", "birthday": "1990-05-02", "organisation": "Demo Nairobi"
    }  # fmt: skip
    assert Contact.objects.get(name="John").values == {}


def test_ten_thousand_cards_with_pictures(file):
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\r\n ".join(["QUJD" * 18] * 20)
    text = "".join(card(f"FN:Person {n}", f"TEL;TYPE=CELL:07123{n:05}", picture) for n in range(10_000))
    assert run(file(text))[0]["created"] == 10_000
