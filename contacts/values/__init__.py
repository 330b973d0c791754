"""Custom values: what people type, and the one canonical text that is stored for it."""

from contacts.values.amounts import begins_with_zero, plain_number, word_in_amount
from contacts.values.answers import NO, YES
from contacts.values.cleaning import clean_row
from contacts.values.dates import has_time
from contacts.values.day_order import DayOrders, doubtful_date
from contacts.values.keys import LONGEST_KEY, TAKEN_KEYS, field_key, plain_key
from contacts.values.meanings import Amounts, Years
from contacts.values.parsing import Around, Parser, canonical, value_parser
from contacts.values.references import LONGEST_REFERENCE, reference_of, without_zeros
from contacts.values.types import BOOLEAN, CHOICE, DATE, DATETIME, DECIMAL, INTEGER, MONEY, TEXT, BadValue
from lib.words import clean

__all__ = [
    "BOOLEAN",
    "CHOICE",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "INTEGER",
    "LONGEST_KEY",
    "LONGEST_REFERENCE",
    "MONEY",
    "NO",
    "TAKEN_KEYS",
    "TEXT",
    "YES",
    "Amounts",
    "Around",
    "BadValue",
    "DayOrders",
    "Parser",
    "Years",
    "begins_with_zero",
    "canonical",
    "clean",
    "clean_row",
    "doubtful_date",
    "field_key",
    "has_time",
    "plain_key",
    "plain_number",
    "reference_of",
    "value_parser",
    "without_zeros",
    "word_in_amount",
]
