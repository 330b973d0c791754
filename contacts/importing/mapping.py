"""What each column of a file is: how it is guessed, kept with the upload, and turned into what a row is read by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Mapped
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from contacts.models import ContactField, ContactGroup
from contacts.people.field_names import fields_by_name, names_in
from contacts.spreadsheets import REASON, Sheet, columns
from contacts.spreadsheets.columns import FIELD, IGNORE, NAME, NEW, PHONE, Column
from contacts.spreadsheets.heading_words import says_part_of_name
from contacts.spreadsheets.headings import column_names
from contacts.spreadsheets.phone_column import PhoneVerdict, holds_numbers, is_asked_about, judge_phone_column
from contacts.spreadsheets.second_list import second_list
from contacts.values import field_key

# A column's number to what it is, as the upload keeps it.
StoredMapping = dict[str, Any]
# The fields that a group has: label and type by key, and the key by each name.
Known = tuple[dict[str, tuple[str, str]], dict[str, str]]


NO_COLUMN = "No column holds phone numbers"
CHOSEN_HERE = "It was the phone number for these headings in this group before."
CHOSEN_ELSEWHERE = "It was the phone number for these headings in another group."


class BadMapping(ValueError):
    """The columns cannot be used as chosen; its words say what to choose instead."""


class NoPhone(BadMapping):
    """No column is the phone number. `problem` says why none was taken; `among`, how to name those it may be."""

    def __init__(self, problem: str, among: Sequence[str]) -> None:
        super().__init__(f"{problem}. Choose which one is to be texted.")
        self.problem, self.among = problem, among


@dataclass(frozen=True)
class ColumnChoice:
    """What one column of a file is. `called`: what a new field is to be called, where that is not its key."""

    index: int
    heading: str
    role: str
    key: str = ""
    label: str = ""
    type: str = ContactField.Type.TEXT
    month_first: bool = False
    day_first: bool = False
    samples: tuple[str, ...] = ()
    by_hand: bool = False
    called: str = ""

    @property
    def name(self) -> str:
        """What texts will call a new field."""
        return self.called or self.key

    @property
    def gives_value(self) -> bool:
        return self.role in (FIELD, NEW)


@dataclass(frozen=True)
class EarlierColumns:
    """What the columns were in an upload with the same headings, and whether a person had chosen the phone's."""

    stored: StoredMapping
    by_hand: bool

    def phone_of(self, headings: Sequence[str]) -> int | None:
        """The column that was the phone, if a person may be taken to have meant it."""
        index = next((int(index) for index, one in self.stored.items() if one["role"] == PHONE), len(headings))
        stands = index < len(headings) and (self.by_hand or not is_asked_about(headings[index]))
        return index if stands else None


def guess_mapping(
    sheet: Sheet, group: ContactGroup, here: EarlierColumns | None = None, elsewhere: EarlierColumns | None = None
) -> tuple[list[ColumnChoice], PhoneVerdict]:
    """What the columns of `sheet` are, and why one of them is the phone.

    What was chosen for these headings in this group comes first, then the fields that the group has; what was chosen
    in another group fills what is left.
    """
    fields = list(group.fields.all())
    existing = {field.key: (field.label, field.type) for field in fields}
    names = {name: field.key for name, field in fields_by_name(fields).items()}
    rows = [row.cells for row in sheet.samples()]
    beside = second_list(sheet.headings, rows)
    verdict = _judge_phone(sheet.headings[:beside], rows, here, elsewhere)
    guessed = columns.guess_fields(
        sheet.headings,
        rows,
        existing,
        first_upload=not existing and group.size == 0,
        had_heading=sheet.reading.heading_row is not None,
        verdict=verdict,
        names=names,
    )
    choices = _with_earlier([_choice(column) for column in guessed], here, elsewhere, (existing, names))
    if beside is not None:
        choices = [*choices[:beside], *(replace(choice, role=IGNORE, key="") for choice in choices[beside:])]
    return choices, verdict


def _judge_phone(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    here: EarlierColumns | None,
    elsewhere: EarlierColumns | None,
) -> PhoneVerdict:
    """A person's choice in this group, while its column holds numbers; else as judged; else as it was before."""
    chosen = here.phone_of(headings) if here and here.by_hand else None
    if chosen is not None and holds_numbers(rows, chosen):
        return PhoneVerdict(chosen, CHOSEN_HERE)
    verdict = judge_phone_column(headings, rows)
    for earlier, words in ((here, CHOSEN_HERE), (elsewhere, CHOSEN_ELSEWHERE)):
        index = earlier.phone_of(headings) if earlier and verdict.index is None else None
        # Where no column holds any, as among rows that were rejected, none of them is a better one.
        if index is not None and (holds_numbers(rows, index) or not verdict.doubtful):
            return PhoneVerdict(index, words)
    return verdict


def _with_earlier(
    choices: list[ColumnChoice],
    here: EarlierColumns | None,
    elsewhere: EarlierColumns | None,
    existing: Known,
) -> list[ColumnChoice]:
    """The guesses with what was chosen before, by the columns' places: two may have one heading.

    What would fill the same field as a firmer choice is left out.
    """
    firm: dict[int, ColumnChoice] = {}
    loose: dict[int, ColumnChoice] = {}
    for choice in choices:
        was = (here or elsewhere or EarlierColumns({}, False)).stored.get(str(choice.index))
        if choice.role == PHONE and was and was["role"] == PHONE and here:
            firm[choice.index] = replace(choice, by_hand=here.by_hand)
        elif choice.role == PHONE or (not here and choice.role in (NAME, FIELD)):
            firm[choice.index] = choice
        elif was and was["role"] != PHONE:
            (firm if here else loose)[choice.index] = _remembered(choice, was, existing)
        elif here and not was:
            # Only a reason may be new behind them.
            firm[choice.index] = replace(choice, role=IGNORE)
        else:
            loose[choice.index] = choice
    taken = {_target(choice) for choice in firm.values()}
    for index, choice in loose.items():
        firm[index] = replace(choice, role=IGNORE) if _target(choice) in taken else choice
        if choice.role != NAME:
            taken.add(_target(choice))
    return [firm[choice.index] for choice in choices]


def _target(choice: ColumnChoice) -> str | int:
    """What only one column can fill; the column itself where it fills nothing."""
    return choice.key if choice.gives_value else choice.index if choice.role == IGNORE else f"{choice.role}:"


def headings_hash(headings: list[str]) -> str:
    """To find an upload of the same headings; the reason beside rejected rows is none of them."""
    own = headings[:-1] if headings[-1:] == [REASON] else headings
    return hashlib.sha256("\t".join(own).encode()).hexdigest()


def changed_by_hand(choices: list[ColumnChoice], wanted: Mapped[str, str], group: ContactGroup) -> list[ColumnChoice]:
    """`choices` with some columns made what `wanted` says: phone, name, ignore, or a field's key or label.

    A column is named by its heading, of several alike one as `Column C`. Raises BadMapping for one that is not there.
    """
    result = {choice.index: choice for choice in choices}
    fields = {field.key: field for field in group.fields.all()}
    for heading, target in wanted.items():
        choice = column_named(choices, heading)
        for other in result.values():
            # Several that were asked for are joined to one name.
            is_asked_for = target == NAME and other.by_hand
            if target in (PHONE, NAME) and other.role == target and not is_asked_for:
                result[other.index] = replace(other, role=IGNORE, key="")
        result[choice.index] = replace(_made_into(choice, target.strip(), fields), by_hand=True)
    return [result[index] for index in sorted(result)]


def check_mapping(choices: list[ColumnChoice], verdict: PhoneVerdict) -> None:
    """Raises BadMapping where no row could be read by these choices, or one column would write over another."""
    phones = [choice for choice in choices if choice.role == PHONE]
    if not phones:
        names = column_names([choice.heading for choice in choices])
        among = [names[choice.index] for choice in choices if choice.index in verdict.doubtful]
        raise NoPhone(verdict.words if among else no_phone(verdict), among)
    if len(phones) > 1:
        raise BadMapping("Only one column can be the phone number. Choose one, and ignore the others.")
    keys: dict[str, ColumnChoice] = {}
    for choice in choices:
        if choice.gives_value and (other := keys.setdefault(choice.key, choice)) is not choice:
            raise BadMapping(f"“{other.heading}” and “{choice.heading}” would fill the same field. Ignore one of them.")


def column_named(choices: list[ColumnChoice], heading: str) -> ColumnChoice:
    """By its heading, or of several alike as `Column C`. Raises BadMapping for one that is not there."""
    by_heading = {choice.heading.casefold(): choice for choice in choices}
    names = column_names([choice.heading for choice in choices])
    by_heading |= {name.casefold(): choice for name, choice in zip(names, choices, strict=True)}
    choice = by_heading.get(heading.strip().casefold())
    if choice is None:
        raise BadMapping(f"The file has no column “{heading}”. It has: {', '.join(c.heading for c in choices)}.")
    return choice


def reason_column(choices: list[ColumnChoice]) -> int | None:
    """The column of the reasons, in a file of rejected rows that is uploaded again."""
    last = choices[-1] if choices else None
    return last.index if last is not None and last.heading == REASON and last.role == IGNORE else None


def no_phone(verdict: PhoneVerdict) -> str:
    """That no column holds numbers, and what the file looks like instead."""
    return f"{NO_COLUMN}: {verdict.words}" if verdict.words else NO_COLUMN


def parts_of_name(choices: list[ColumnChoice]) -> list[ColumnChoice]:
    """First name, surname and the like, which may be joined to the name; nothing where there is a name already."""
    parts = [choice for choice in choices if choice.samples and says_part_of_name(choice.heading)]
    return parts if len(parts) > 1 and not any(choice.role == NAME for choice in choices) else []


def to_json(choices: list[ColumnChoice]) -> StoredMapping:
    """As the upload keeps them: the column's number to what it is.

    Only what is called otherwise says so: workers of the release before read the others.
    """
    stored = {str(choice.index): asdict(choice) for choice in choices}
    for one in stored.values():
        if not one["called"]:
            del one["called"]
    return stored


def from_json(stored: StoredMapping) -> list[ColumnChoice]:
    choices = [ColumnChoice(**{**one, "samples": tuple(one.get("samples", ()))}) for one in stored.values()]
    return sorted(choices, key=lambda choice: choice.index)


def as_field(choice: ColumnChoice, field: ContactField, *, month_first: bool = False) -> ColumnChoice:
    """`choice` as a field that the group has."""
    return replace(choice, role=FIELD, key=field.key, label=field.label, type=field.type, month_first=month_first)


def as_new_field(
    choice: ColumnChoice, type_: str, others: list[ColumnChoice], group: ContactGroup, *, month_first: bool = False
) -> ColumnChoice:
    """`choice` as a new field; its key clashes with none of the group's and none of the other columns'."""
    taken = {one.key for one in others if one.gives_value} | names_in(group)
    key = field_key(choice.heading, taken)
    return replace(choice, role=NEW, key=key, label=choice.heading, type=type_, month_first=month_first, called="")


def with_order(choice: ColumnChoice, *, month_first: bool) -> ColumnChoice:
    """`choice` with its dates in the order that somebody said: with the day first, what does not fit is a bad cell."""
    return replace(choice, month_first=month_first, day_first=not month_first)


def with_orders(
    choices: list[ColumnChoice], month_first: Sequence[str], day_first: Sequence[str]
) -> list[ColumnChoice]:
    """`choices` with the dates of columns of these headings in this order; "" means all of them. Raises BadMapping."""
    result = {choice.index: choice for choice in choices}
    names = column_names([choice.heading for choice in choices])
    for is_month_first, headings in ((False, day_first), (True, month_first)):
        for heading in headings:
            wanted = heading.strip().casefold()
            named = [one.index for one in choices if wanted in (one.heading.casefold(), names[one.index].casefold())]
            if heading and not named:
                raise BadMapping(
                    f"The file has no column “{heading}”. It has: {', '.join(c.heading for c in choices)}."
                )
            for index in named if heading else result:
                result[index] = with_order(result[index], month_first=is_month_first)
    return list(result.values())


def _choice(column: Column) -> ColumnChoice:
    return ColumnChoice(
        index=column.index,
        heading=column.heading,
        role=column.role,
        key=column.key,
        label=column.label,
        type=column.type,
        samples=column.samples,
    )


def _remembered(choice: ColumnChoice, earlier: dict[str, Any], known: Known) -> ColumnChoice:
    """`choice` as it was chosen for the same heading before; a field that is not there is made again."""
    existing, names = known
    choice = replace(choice, month_first=bool(earlier.get("month_first")), day_first=bool(earlier.get("day_first")))
    if earlier["role"] in (FIELD, NEW):
        if key := names.get(earlier["key"]):
            label, type_ = existing[key]
            return replace(choice, role=FIELD, key=key, label=label, type=type_)
        label, type_ = earlier["label"] or choice.heading, earlier["type"]
        if type_ == ContactField.Type.INTEGER:
            # Account numbers were taken for whole numbers once.
            type_ = choice.type
        name = earlier.get("called", "")
        name = "" if name in names else name
        return replace(choice, role=NEW, key=earlier["key"], label=label, type=type_, called=name)
    return replace(choice, role=earlier["role"], key="", label="")


def _made_into(choice: ColumnChoice, target: str, fields: dict[str, ContactField]) -> ColumnChoice:
    if target in (PHONE, NAME, IGNORE):
        return replace(choice, role=target, key="", label="")
    for field in fields.values():
        if target.casefold() in (*field.names, field.label.casefold()):
            return replace(choice, role=FIELD, key=field.key, label=field.label, type=field.type)
    type_ = choice.type if choice.gives_value else ContactField.Type.TEXT
    taken = {name for field in fields.values() for name in field.names}
    return replace(choice, role=NEW, key=field_key(target, taken), label=target, type=type_)
