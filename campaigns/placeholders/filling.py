"""What a field, or a condition with what is in it, comes to for one person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from campaigns.placeholders.joining import COUNT, NUMBERS
from campaigns.placeholders.pieces import NOTHING, Choice, Missing, Slot, Values, Words, Zero

# What people and programs write for nothing, in small letters; of two columns that were joined, twice.
BY_PROGRAMS = (
    "none", "null", "(null)", "[null]", "<null>", "\\n", "nan", "nat", "<na>", "n/a", "undefined", "(none)", "(blank)",
    "(empty)", "[object object]", "#n/a", "#n/a!", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!",
    "#spill!", "#calc!", "#error!",
)  # fmt: skip
NO_VALUE = frozenset({
    "-", "--", "---", "–", "—", ".", "..", "...", "…", "?", "??", "???", "_", "*", "/", "na", "n.a", "n.a.", "nil",
    *BY_PROGRAMS, *(f"{one} {one}" for one in BY_PROGRAMS),
})  # fmt: skip
YES = frozenset({"yes", "true", "1"})
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # categories of Unicode
_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

Fixed = Mapping[str, str]
FillSlot = Callable[[str, str, Values], "str | Missing"]
Fill = Callable[[str, str, Values], "str | list[str] | Missing"]


def filler(piece: Slot | Choice, fixed: Fixed, refuses_zeros: bool) -> Fill:
    """`fixed`: the values that are the same for everybody."""
    fill = slot_filler if isinstance(piece, Slot) else choice_filler
    return fill(piece, fixed, refuses_zeros)  # type: ignore[arg-type]  # each fills its own


def slot_filler(slot: Slot, fixed: Fixed, refuses_zeros: bool) -> FillSlot:
    if slot.how == COUNT:
        return lambda _phone, _name, _values: "1"
    value_of, write, blank_words = _value_of(slot.key, fixed), slot.write, slot.blank_words
    without = Missing(slot.key) if slot.fallback is None else slot.fallback
    zero = Zero(slot.key) if refuses_zeros and slot.is_money else None

    def fill(phone: str, name: str, values: Values) -> str | Missing:
        value = value_of(phone, name, values)
        if not value:
            return without
        if not value.isprintable():
            value = _cleaned(value)
        if not value or value.isspace() or (blank_words and value.strip().lower() in NO_VALUE):
            return without
        if zero is not None and is_zero(value):
            return zero
        return (value if write is None else write(value)) or without

    return fill


def choice_filler(choice: Choice, fixed: Fixed, refuses_zeros: bool) -> Fill:
    holds = truth(choice, fixed)
    branches = {
        is_true: [one if isinstance(one, Words) else slot_filler(one, fixed, refuses_zeros) for one in inner or NOTHING]
        for is_true, inner in ((True, choice.body), (False, choice.otherwise))
    }

    def fill(phone: str, name: str, values: Values) -> list[str] | Missing:
        written: list[str] = []
        for piece in branches[holds(phone, name, values)]:
            filled = piece if isinstance(piece, Words) else piece(phone, name, values)
            if isinstance(filled, Missing):
                return filled
            written.append(filled)
        return written

    return fill


def truth(choice: Choice, fixed: Fixed) -> Callable[[str, str, Values], bool]:
    """Whether a condition is true of a person."""
    value_of, type_ = _value_of(choice.key, fixed), choice.type
    return lambda phone, name, values: _holds(type_, _cleaned(value_of(phone, name, values)).strip().lower())


def is_zero(value: str) -> bool:
    """Whether an amount is 0.00."""
    return not value.strip("-0.")


def local(phone: str) -> str:
    """A Kenyan number as people write it, 0712345678; others with their plus sign."""
    return "0" + phone[3:] if phone.startswith("254") and len(phone) == 12 else "+" + phone


def _value_of(key: str, fixed: Fixed) -> Callable[[str, str, Values], str]:
    if key == "name":
        return lambda _phone, name, _values: name
    if key == "phone":
        return lambda phone, _name, _values: local(phone)
    if key in fixed:
        constant = fixed[key]
        return lambda _phone, _name, _values: constant
    return lambda _phone, _name, values: values.get(key, "")


def _holds(type_: str | None, value: str) -> bool:
    if type_ == "boolean":
        return value in YES
    if type_ in NUMBERS:
        return not is_zero(value)
    return value != "" and not (type_ in ("text", None) and value in NO_VALUE)


def _cleaned(value: str) -> str:
    """Blanks for line breaks and control characters; nothing for a value that nobody would see."""
    if value.isprintable():
        return value
    if all(unicodedata.category(char) in INVISIBLE for char in value):
        return ""
    return _control.sub(" ", value)
