"""Short usual names for a column, to be chosen from: `balance` for "Loan Balance (KES)"."""

from __future__ import annotations

from contacts.spreadsheets.heading_words import heading_words
from contacts.values import TAKEN_KEYS, plain_key

MOST_SHORT_NAMES = 3

# The first words that fit are proposed first: `due` of an amount is no day.
_OF_AMOUNTS = (
    ("balance", "balance balances bal olb salio outstanding"),
    ("arrears", "arrears overdue malimbikizo"),
    ("rent", "rent kodi"),
    ("fees", "fee fees karo"),
    ("savings", "saving savings akiba deposit deposits"),
    ("shares", "share shares hisa"),
    ("instalment", "instalment instalments installment installments"),
    ("paid", "paid malipo"),
    ("loan", "loan loans mkopo"),
    ("amount", "amount amt kiasi due dues total debt deni kes ksh"),
)
_OF_DAYS = (
    ("birthday", "birth dob birthday birthdate kuzaliwa"),
    ("due_date", "due payment repayment deadline duedate"),
    ("expiry", "expiry expires expire expiration maturity matures end mwisho"),
    ("renewal", "renewal renewals renew"),
    ("visit", "appointment appointments visit next ijayo"),
    ("paid_on", "paid disbursed"),
    ("joined", "joined registered registration admission"),
)
_OF_TEXT = (
    ("loan_no", "loan mkopo"),
    ("member_no", "member membership mwanachama"),
    ("adm_no", "adm admission"),
    ("account", "account acc akaunti"),
    ("house", "house unit door nyumba"),
    ("meter", "meter mita"),
    ("class", "class form grade stream darasa"),
    ("branch", "branch tawi"),
    ("officer", "officer afisa"),
    ("product", "product"),
    ("town", "town city county mji"),
)
_BY_TYPE = {
    "money": _OF_AMOUNTS, "decimal": _OF_AMOUNTS, "integer": _OF_AMOUNTS, "date": _OF_DAYS, "datetime": _OF_DAYS
}  # fmt: skip


def short_names(heading: str, type_: str) -> list[str]:
    """What a field of this heading may be called shortly, the likeliest first; nothing that it is called already."""
    words = set(heading_words(heading))
    known = _BY_TYPE.get(type_, _OF_TEXT)
    found = [name for name, said in known if words & set(said.split())]
    own = plain_key(heading)
    return [name for name in found if name != own and name not in TAKEN_KEYS][:MOST_SHORT_NAMES]
