"""What a column's heading says, by its whole words: a phone, whose it is, money, an identifier, something private."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from contacts.values.meanings import Amounts, Years

Words = tuple[str, ...]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NUMBER = _set("no nos number numbers num nbr nambari namba numero")
PHONE = _set("phone phones telephone tel mobile mob msisdn cell cellphone ph gsm handset sms simu mkononi rununu")
# They say phone where no other column says it better.
PHONE_TOO = _set("contact contacts whatsapp line mpesa airtel safaricom telkom equitel mawasiliano laini")
IDENTIFIER_ENDS = NUMBER | _set("id ids code codes ref refs reference msimbo kumbukumbu")
IDENTIFIER = IDENTIFIER_ENDS | _set(
    "account phone year house meter till paybill plot unit room door flat block adm admission reg registration index "
    "invoice receipt policy ticket serial voucher box zip upi nemis akaunti mwaka nyumba mita"
)
MONEY = _set(
    "balance bal amount amt fee fees arrears due dues rent paid total outstanding owed owing debt kes ksh kshs shs "
    "olb salio deni kiasi karo kodi"
)
# Of these another word may make something else: Loan No, Savings account.
MONEY_TOO = _set(
    "loan savings deposit price cost salary wage wages payment payments instalment instalments installment "
    "installments principal interest penalty premium bill charge charges mkopo malipo akiba bei riba faini"
)
# Of what is owed NIL is nought; of what is held, limited or paid it may as well not be known.
OWED = _set(
    "balance balances bal arrears due dues fee fees rent loan loans debt debts owed owing outstanding payable unpaid "
    "overdue instalment instalments installment installments penalty penalties bill bills olb deni madeni salio karo "
    "kodi mkopo malimbikizo"
)
HELD = _set("saving savings share shares deposit deposits akiba hisa amana")
NOT_OWED = _set(
    "limit limits score scores point points price prices received paid disbursed salary wage wages kikomo alama bei "
    "mshahara imelipwa zimelipwa"
)
PAST = _set("birth dob born birthday birthdays birthdate dateofbirth yob kuzaliwa")
COMING = _set(
    "due expiry expires expire expiration maturity matures renewal renewals renew end ends ending next appointment "
    "appointments deadline duedate expirydate mwisho ijayo"
)
# No amounts, even of what is owed: Days in arrears, Due date.
NO_AMOUNT = _set("day days week weeks months years date dates siku wiki miezi tarehe dpd")
PRIVATE = _set("pin password passcode passport kra huduma nhif nssf kitambulisho")
# Whoever gives them out, it is not the state: Member ID is no ID number.
GIVEN_OUT = _set(
    "loan account transaction invoice receipt order meter policy ticket unit plot house product branch class group "
    "member student pupil patient admission staff employee subscriber"
)
SOMEBODY_ELSE = _set(
    "kin guarantor guarantors officer supervisor emergency referee relative spouse husband wife witness employer "
    "neighbour neighbor friend enumerator interviewer landlord caretaker beneficiary nominee supporter buddy cosigner "
    "introducer introduced recruiter referrer referred rm ro lo "
    "mdhamini wadhamini ndugu "
    "jamaa afisa msimamizi dharura mume mke shahidi mwajiri jirani rafiki"
)
ANOTHER_LINE = _set(
    "alternative alternate alt other another secondary second additional backup spare old previous home business work "
    "office branch company landline fax agent manager teacher doctor leader chairman chairperson secretary treasurer "
    "chairlady official assistant residence res collector pastor staff chw chv sponsor nyumbani biashara kazi ofisi "
    "mbadala nyingine pili mwalimu daktari meneja wakala mwenyekiti"
)
REFEREES = _set("ref reference references")
# Q2, Form 2: the number of something else than the phone.
BEFORE_OTHER_NUMBERS = _set("question form class grade term stage std zone year section part group sec")
NAMES = _set("name names fullname fullnames jina majina")
PEOPLE = _set(
    "student pupil member client customer parent guardian borrower patient tenant subscriber learner farmer resident "
    "debtor loanee person mwanafunzi mwanachama mteja mzazi mgonjwa mpangaji mkulima mkopaji"
)
PARTS_OF_NAME = _set("first second third last middle other given family fore sur kwanza pili tatu mwisho ukoo kati")
NAMES_BY_PART = _set("surname forename firstname lastname middlename othername othernames surnames")
NAME_FILLING = _set("full complete of the s ya za la wa kamili official registered")
FILLING = _set("a an and as at by for from in of on or per the to s with ya za wa la cha kwa na")

_written_apart = [
    (re.compile(pattern, re.IGNORECASE), f" {word} ")
    for pattern, word in (
        (r"m[\W_]*pesa", "mpesa"),
        (r"whats[\W_]*app", "whatsapp"),
        (r"next[\W_]*of[\W_]*kin|(?<![a-z])n\W?o\W?k(?![a-z])", "kin"),
        (r"(?<![a-z])i\W?d(?![a-z])", "id"),
        (r"(?<![a-z])a/?cc?t?s?(?![a-z])", "account"),
        (r"e[\W_]?mail", "email"),
        (r"(?<![a-z])k\W?sh?s?(?![a-z])", "ksh"),
        (r"(?<![a-z])h/?p(?![a-z])", "phone"),
        (r"(?<![a-z])co[\W_]*(?:borrower|applicant|signer|maker|guarantor)", "cosigner"),
        (r"(?<![a-z])to[\W_]*date(?![a-z])", ""),
        (r"pay[\W_]*bill", "paybill"),
        (r"(?<![a-z])d\W?o\W?b(?![a-z])", "dob"),
        (r"land[\W_]?line", "landline"),
        (r"#", "no"),
    )
]
_camel = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_word = re.compile(r"[^\W_]+")
_phone_within = re.compile(r"(phone|mobile|msisdn|kin(?=no|num|phone)|guarantor)")
_number_behind = re.compile(r"([^\W\d]{2,})(number|num|no|id)")
_numbered = PHONE | PHONE_TOO | IDENTIFIER | GIVEN_OUT | PRIVATE | _set("acc national client customer borrower user")
DAY_ENDINGS = (("nd",), ("rd",), ("th",))


@lru_cache(maxsize=4096)
def heading_words(heading: str) -> Words:
    """The whole words of a heading, small and without accents: `Tel2`, `Loan_ID` and `PhoneNo` are two words each."""
    flat = unicodedata.normalize("NFKD", heading[:200])
    flat = "".join(char for char in flat if not unicodedata.combining(char))
    for pattern, word in _written_apart:
        flat = pattern.sub(word, flat)
    found: list[str] = []
    for word in _word.findall(_camel.sub(" ", flat)):
        found += _parts(word.casefold())
    return tuple(found)


def _parts(word: str) -> list[str]:
    """A word that was written together: phonenumber, memberid, guarantorphone."""
    if word in PHONE or word in SOMEBODY_ELSE:
        return [word]
    parts = [part for part in _phone_within.split(word) if part]
    if len(parts) > 1:
        return parts
    match = _number_behind.fullmatch(word)
    if match and (match[1] in _numbered or match[2] == "number"):
        return ["account" if match[1] == "acc" else match[1], match[2]]
    return [word]


def is_private(words: Words) -> bool:
    """Whether it is nobody's business: an ID number, a PIN, a password, a diagnosis."""
    if PRIVATE & set(words) or any(word.startswith("diagnos") for word in words):
        return True
    return any(word == "id" and not (at and words[at - 1] in GIVEN_OUT) for at, word in enumerate(words))


def is_money(words: Words) -> bool:
    """Whether a money word stands in it, and neither a phone's behind it (Fee payer's phone) nor days (Days due)."""
    return _last(words, MONEY) > _last(words, PHONE) and not _is_no_amount(words)


def may_be_money(words: Words) -> bool:
    """Whether its last word is one of money unless another makes it something else: Loan, and not Loan cycle."""
    last = next((word for word in reversed(words) if not word.isdecimal()), "")
    return last in MONEY_TOO and not _is_no_amount(words)


@lru_cache(maxsize=512)
def amounts_under(words: Words) -> Amounts:
    """Whose debt an amount is. What hinders wins: an account's savings balance is no debt, nor are fees paid."""
    found = set(words)
    if found & HELD:
        return Amounts.HELD
    return Amounts.OWED if found & OWED and not found & NOT_OWED else Amounts.UNKNOWN


@lru_cache(maxsize=512)
def years_under(words: Words) -> Years:
    """In which century a year of two digits lies."""
    found = set(words)
    return Years.PAST if found & PAST else Years.COMING if found & COMING else Years.NEAR


def is_identifier(words: Words) -> bool:
    """Whether it ends in no, number, id, code or ref, or in a word for what has such numbers: an account, a house."""
    return bool(words) and words[-1] in IDENTIFIER and words[-2:] != ("yes", "no")


def is_for_reference(words: Words) -> bool:
    """Whether the numbers under it are by their heading those of something else than a phone."""
    return is_identifier(words) and (words[-1] in IDENTIFIER_ENDS - NUMBER or not says_phone(words))


def says_phone(words: Words) -> int:
    """2: a phone, for certain. 1: a word that may mean one, or nothing but Number. 0: nothing of the kind."""
    if PHONE & set(words):
        return 2
    return int(bool(PHONE_TOO & set(words)) or (bool(words) and set(words) <= NUMBER | FILLING))


def says_name(heading: str) -> int:
    """2: the name of whom a row is about. 1: such a person, so that it may be the name. 0: nothing of the kind.

    Of `Simu/Jina` the last part says it as well.
    """
    parts = [words for part in heading.split("/") if (words := heading_words(part))]
    if not parts:
        return 0
    return max(_says_name(parts[-1]), _says_name(heading_words(heading)))


def says_part_of_name(heading: str) -> bool:
    """Whether it is by its heading a first name, a surname or another part of a name."""
    words = [word for word in heading_words(heading) if word not in NAME_FILLING]
    if not words or not set(words) <= NAMES | PARTS_OF_NAME | NAMES_BY_PART | PEOPLE:
        return False
    return bool(NAMES_BY_PART & set(words)) or bool(NAMES & set(words) and PARTS_OF_NAME & set(words))


def _says_name(words: Words) -> int:
    own = [word for word in words if word not in NAME_FILLING]
    if NAMES & set(own) and set(own) <= NAMES | PEOPLE:
        return 2
    return int(bool(own) and set(own) <= PEOPLE)


def is_somebody_else_s(words: Words) -> bool:
    """Whether it is by its heading another person's than the one whom the row is about."""
    if REFEREES & set(words[:-1]) and (PHONE | {"contact", "contacts"}) & set(words):
        return True
    return bool(SOMEBODY_ELSE & set(words))


def is_another_line(words: Words) -> bool:
    """Whether it is by its heading not the first number to be called: at home, alternative, a second one."""
    if ANOTHER_LINE & set(words):
        return True
    return any(word in "23456789" and _counts_phones(words, at) for at, word in enumerate(words))


def _counts_phones(words: Words, at: int) -> bool:
    """Whether the digit there counts phones, or people with one: Phone 2, 2nd phone, Parent 2 phone."""
    if PHONE & set(words[:at]) or PHONE_TOO & set(words[:at]) or words[at + 1 : at + 2] in DAY_ENDINGS:
        return True
    before = words[at - 1] if at else ""
    return len(before) > 1 and before not in BEFORE_OTHER_NUMBERS


def _is_no_amount(words: Words) -> bool:
    """Days in arrears, Number of instalments due."""
    return bool(NO_AMOUNT & set(words)) or (len(words) > 1 and words[0] in NUMBER and words[1] == "of")


def _last(words: Words, wanted: frozenset[str]) -> int:
    return max((at for at, word in enumerate(words) if word in wanted), default=-1)
