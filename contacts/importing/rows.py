"""One row of a file, read by what its columns are: a person, or the reasons why not, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from contacts.importing.key_column import key_label
from contacts.importing.mapping import ColumnChoice, reason_column
from contacts.models import ContactField, Upload
from contacts.models.group import LONGEST_NAME
from contacts.spreadsheets import Row, Sheet, is_too_long
from contacts.spreadsheets.broken import ERRORS_BEGIN, is_error_value, words_of_error
from contacts.spreadsheets.columns import NAME, PHONE
from contacts.spreadsheets.reading import not_too_many
from contacts.values import LONGEST_REFERENCE, BadValue, Parser, has_time, reference_of, word_in_amount
from lib import phones
from lib.phones import BadNumber, PhoneNumber, plain_digits, read_phone

# A wrong amount or day is worse than none: who is texted last month's balance is told something untrue.
MUST_NOT_STAY_OLD = (ContactField.Type.MONEY, *ContactField.WITH_DAY)
AMOUNTS = (ContactField.Type.MONEY, ContactField.Type.DECIMAL, ContactField.Type.INTEGER)
LONGEST_DAY, HOUR = 10, "HOUR"
TAKES_ANY_TEXT = (ContactField.Type.TEXT, ContactField.Type.CHOICE)
ERROR_CODE = "error_value"
NO_NUMBER = "no number"
# What is wrong with the row, and no cell that could not be read.
NO_CELL = ("no_number", "no_row", "no_reference")
# The reason of a row that another one of its number, or of its number and reference, has won over.
ANOTHER_COUNTS = "another row of this number counts"
TOO_LONG = "more cells than headings: a cell that holds a {} needs quotation marks"
DELIMITER_WORDS = {",": "comma", ";": "semicolon"}
NOTHING: dict[int, str] = {}


class Candidate(NamedTuple):
    """What a row says. `errors` names each bad cell by its column, `codes` its kind; without a phone it is rejected.

    Nor is it taken without a `reference` where the upload has a key.

    `wants_new`: a money or date cell cannot be read, so that the old one would stay. `warning`: what is odd about a
    number that is taken all the same.
    """

    phone: str
    name: str | None
    values: dict[str, str | None]
    errors: dict[int, str]
    codes: dict[int, str]
    wants_new: bool
    warning: str
    reference: str = ""


class _Value(NamedTuple):
    column: int
    key: str
    parse: Parser
    must_not_stay: bool


class RowReader:
    """Reads rows by `choices`; fields that exist are read by the type that they have now."""

    def __init__(self, choices: list[ColumnChoice], upload: Upload, sheet: Sheet) -> None:
        self.numbers = upload.numbers
        workbook = sheet.has_serial_days
        self.most_cells, self.too_long = sheet.most_cells, TOO_LONG.format(DELIMITER_WORDS.get(sheet.reading.delimiter))
        fields = {field.key: field for field in upload.group.fields.all()}
        self.phone_column = next(choice.index for choice in choices if choice.role == PHONE)
        self.key = upload.keyed_by
        key_columns = [choice.index for choice in choices if choice.gives_value and choice.key == self.key]
        self.key_column = key_columns[0] if self.key and key_columns else None
        self.no_reference = f"no {key_label(upload, choices)}" if self.key else ""
        self.reason_column = reason_column(choices)
        self.name_columns = [choice.index for choice in choices if choice.role == NAME]
        self.name_column = self.name_columns[0] if self.name_columns else None
        taken = [(choice, _field(choice, fields)) for choice in choices if choice.gives_value]
        self.values = [_value(choice, field, workbook) for choice, field in taken]
        self.types = {choice.key: field.type for choice, field in taken}
        types = {choice.index: field.type for choice, field in taken}
        self.amounts = [index for index, type_ in types.items() if type_ in AMOUNTS]
        self.days = [index for index, type_ in types.items() if type_ == ContactField.Type.DATE]
        self.dates_in_any_order = {
            choice.index: choice.month_first
            for choice in choices
            if types.get(choice.index) in ContactField.WITH_DAY and not choice.day_first
        }
        self.width = 1 + max(choice.index for choice in choices)

    def read(self, cells: list[str]) -> Candidate:
        if len(cells) < self.width:
            cells = cells + [""] * (self.width - len(cells))
        # One empty dictionary for all good rows: making two for each takes a tenth of the time.
        errors, codes, warning = NOTHING, NOTHING, ""
        cell = cells[self.phone_column]
        phone = plain_digits(cell)
        if not phone:
            phone, warning, error = self._phone(cell)
            if error is not None:
                errors, codes = {self.phone_column: str(error)}, {self.phone_column: error.code}
        name: str | None = None
        if self.name_column is not None:
            name = cells[self.name_column]
            if len(self.name_columns) > 1:
                name = " ".join(filter(None, (cells[index] for index in self.name_columns)))
            if len(name) > LONGEST_NAME:
                errors = errors | {self.name_column: f"longer than {LONGEST_NAME} letters"}
                codes = codes | {self.name_column: "too_long"}
                name = ""
            elif name and name[0] in ERRORS_BEGIN and is_error_value(name):
                errors = errors | {self.name_column: words_of_error(name)}
                codes = codes | {self.name_column: ERROR_CODE}
                name = ""
        values: dict[str, str | None] = {}
        wants_new = False
        for column, key, parse, must_not_stay in self.values:
            cell = cells[column]
            try:
                values[key] = parse(cell) if cell else ""
            except BadValue as bad:
                told = _error_value(cell) if is_error_value(cell) else bad
                errors, codes = errors | {column: str(told)}, codes | {column: told.code}
                wants_new = wants_new or must_not_stay
        if self.key_column is None:
            return Candidate(phone, name, values, errors, codes, wants_new, warning)
        reference = reference_of(values.get(self.key) or "")
        if self.key_column not in errors and not 0 < len(reference) <= LONGEST_REFERENCE:
            words = f"longer than {LONGEST_REFERENCE} letters" if reference else self.no_reference
            errors, codes = errors | {self.key_column: words}, codes | {self.key_column: "no_reference"}
            reference = ""
        return Candidate(phone, name, values, errors, codes, wants_new, warning, reference)

    def lost_before(self, row: Row) -> bool:
        """It stands among the rows that another row had won over, and nobody has taken that word away."""
        column = self.reason_column
        return column is not None and column < len(row.cells) and row.cells[column] == ANOTHER_COUNTS

    def read_row(self, row: Row) -> Candidate:
        """As `read`; of a row that is none, the reason beside its longest cell, which holds the others."""
        if is_too_long(row.cells, self.most_cells):
            return self._none((self.most_cells or 1) - 1, self.too_long)
        if not row.problem:
            return self.read(row.cells)
        column = max(range(len(row.cells)), key=lambda index: len(row.cells[index]))
        return self._none(column, row.problem)

    def _none(self, column: int, words: str) -> Candidate:
        return Candidate("", None, {}, {column: words}, {column: "no_row"}, False, "")

    def words_in(self, cells: list[str], errors: dict[int, str]) -> list[tuple[int, str]]:
        """The column of each cell that was read by a word in it, and which: DR, CR, NIL, or HOUR, which a day loses."""
        words, width = [], len(cells)
        for column in self.amounts:
            cell = cells[column] if column < width else ""
            if cell and (not cell[-1].isdecimal() or cell[0].isalpha()) and column not in errors:
                words.append((column, word_in_amount(cell)))
        for column in self.days:
            cell = cells[column] if column < width else ""
            if len(cell) > LONGEST_DAY and column not in errors and has_time(cell):
                words.append((column, HOUR))
        return words

    def unread_keys(self, candidate: Candidate) -> list[str]:
        """The fields whose cells are among the bad ones of a row."""
        return [value.key for value in self.values if value.column in candidate.errors]

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """The rows of people; a row for each number of a cell, where each is a person. Raises BadFile."""
        if self.numbers != Upload.Numbers.EACH:
            return sheet.rows()
        return not_too_many(one for row in sheet.rows() for one in self._apart(row))

    def _apart(self, row: Row) -> Iterator[Row]:
        column = self.phone_column
        is_row = column < len(row.cells) and not row.problem and not is_too_long(row.cells, self.most_cells)
        numbers = phones.numbers_in(row.cells[column]) if is_row else []
        if len(numbers) < 2:
            yield row
            return
        for nth, number in enumerate(numbers):
            yield row._replace(cells=[*row.cells[:column], number, *row.cells[column + 1 :]], nth=nth)

    def phone_of(self, cell: str) -> str:
        """The number alone, "" where there is none that is good."""
        return plain_digits(cell) or self._phone(cell)[0]

    def phones_in(self, row: Row) -> list[str]:
        """The good numbers in a row that is none, or that has several where one is wanted."""
        cell = row.cells[self.phone_column] if self.phone_column < len(row.cells) else ""
        return list(filter(None, map(self.phone_of, phones.numbers_in(cell))))

    def _phone(self, cell: str) -> tuple[str, str, BadNumber | None]:
        try:
            if not cell:
                raise BadNumber("no_number", NO_NUMBER)
            number = read_phone(cell)
        except BadNumber as error:
            first = self._first(cell) if self.numbers == Upload.Numbers.FIRST else None
            if first:
                return first.digits, first.warning, None
            return "", "", BadNumber(ERROR_CODE, words_of_error(cell)) if is_error_value(cell) else error
        return number.digits, number.warning, None

    def _first(self, cell: str) -> PhoneNumber | None:
        for piece in phones.numbers_in(cell):
            with suppress(BadNumber):
                return read_phone(piece)
        return None


def _value(choice: ColumnChoice, field: ContactField, workbook: bool) -> _Value:
    parse = field.parser(heading=choice.heading, workbook=workbook, month_first=choice.month_first)
    if field.type in TAKES_ANY_TEXT:
        parse = _with_no_error(parse)
    return _Value(choice.index, choice.key, parse, field.type in MUST_NOT_STAY_OLD)


def _field(choice: ColumnChoice, fields: dict[str, ContactField]) -> ContactField:
    """The field that a column fills, or would make."""
    return fields.get(choice.key) or ContactField(key=choice.key, label=choice.label, type=choice.type)


def _with_no_error(parse: Parser) -> Parser:
    def read(cell: str) -> str | None:
        # Nearly all cells of a file are told by their first letter.
        if cell[0] in ERRORS_BEGIN and is_error_value(cell):
            raise _error_value(cell)
        return parse(cell)

    return read


def _error_value(cell: str) -> BadValue:
    return BadValue(ERROR_CODE, words_of_error(cell))
