"""The list of a school: 300 pupils of 210 parents' numbers, as its secretary keeps it."""

import csv
from dataclasses import dataclass, replace
from decimal import Decimal

FIRST = ("Amina", "Juma", "Neema", "Brian", "Achieng", "Kiprop", "Njeri", "Otieno", "Chebet", "Mutua", "Wanja")
LAST = ("Odhiambo", "Mwangi", "Koech", "Barasa", "Hassan", "Musyoka", "Waweru", "Kimani", "Njoroge", "Auma")
# Families of one child, of two and of three; 299 children, and one more without a parent's number.
FAMILIES = [1] * 130 + [2] * 65 + [3] * 13
HEADINGS = ["Adm No", "Student Name", "Class", "Parent's Phone", "Balance", "Due Date"]
PAID = Decimal("0.00")


@dataclass(frozen=True)
class Pupil:
    adm_no: str
    name: str
    form: str
    phones: tuple[str, ...]
    balance: Decimal
    due: str

    @property
    def line(self):
        phones = " / ".join("0" + phone[3:] for phone in self.phones)
        return [self.adm_no, self.name, self.form, phones, f"{self.balance:,.2f}", self.due]


def pupils():
    """By class, so that brothers and sisters stand far apart. Of every six one has paid; leading zeros count."""
    found = []
    for family, children in enumerate(FAMILIES):
        for child in range(children):
            number = len(found)
            # Two have both parents' numbers in the cell.
            phones = (parent(family), parent(208 + family)) if family < 2 else (parent(family),)
            found.append(
                Pupil(
                    f"{number + 1:04}",
                    f"{FIRST[number % 11]} {LAST[family % 10]}",
                    f"Form {(number + child) % 4 + 1}",
                    phones,
                    PAID if number % 6 == 5 else Decimal(1_000 + number * 37),
                    f"{11 + (number % 3)}/01/2027",
                )
            )
    found.append(Pupil("0300", "Zuhura Ali", "Form 1", (), Decimal(4_200), "11/01/2027"))
    return sorted(found, key=lambda one: (one.form, one.adm_no))


def next_term(before):
    """Twelve children's parents have another number, and five children have left."""
    alone = [one for one in before if len(one.phones) == 1 and FAMILIES[family_of(one)] == 1]
    moved = {one.adm_no: parent(300 + place) for place, one in enumerate(alone[:12])}
    left = {one.adm_no for one in alone[20:25]}
    return [
        replace(one, phones=(moved[one.adm_no],)) if one.adm_no in moved else one
        for one in before
        if one.adm_no not in left
    ]


def family_of(pupil):
    return int(pupil.phones[0][6:])


def parent(number):
    return f"254109{number:06}"


def write(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *(one.line for one in rows)])
    return path
