"""Names as they are searched: without marks and apostrophes, so that Wanjirũ is found by wanjiru and O'Neil by oneil.

O'Neil is found by neil too: the words around an apostrophe count by themselves as well.
"""

from __future__ import annotations

import re
import unicodedata

from django.contrib.postgres.search import SearchVector
from django.db.models import Case, F, Func, TextField, Value, When

APOSTROPHES = "'’‘ʼʻ`´′"
# Most names: of these nothing is taken apart, which costs three times as much as their words.
PLAIN = r"^[A-Za-z0-9 .-]*$"
MARKS = r"[\u0300-\u036f]"

_both = Func(
    Func(F("name"), Value(APOSTROPHES), Value(""), function="translate"),
    Value(" "),
    F("name"),
    template="(%(expressions)s)",
    arg_joiner=" || ",
)
WORDS_OF_NAME = SearchVector(
    Case(
        When(name__regex=PLAIN, then=F("name")),
        default=Func(
            Func(_both, function="normalize", template="%(function)s(%(expressions)s, NFKD)"),
            Value(MARKS),
            Value(""),
            Value("g"),
            function="regexp_replace",
        ),
        output_field=TextField(),
    ),
    config="simple",
)


def plain_name(written: str) -> str:
    """What somebody typed, as the names are searched."""
    flat = unicodedata.normalize("NFKD", written.translate(dict.fromkeys(map(ord, APOSTROPHES))))
    return re.sub(MARKS, "", flat)
