"""The properties of docs/placeholders.md, over any text, any fields and any values."""

import re
import unicodedata
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from campaigns import placeholders
from campaigns.placeholders import Missing, PlaceholderError, Several
from campaigns.placeholders.filling import NO_VALUE
from contacts.values import field_key

TYPES = ("text", "integer", "decimal", "money", "date", "boolean", "choice")
FORMATS = (
    "first", "upper", "lower", "title", "0", "0.0", "0.00", "plain", "d mmm yyyy", "dddd d mmmm", "'by' dd/mm/yy",
    "list", "count", "sum", "earliest", "latest", "title:list", "sum:0", "latest:d mmm",
)  # fmt: skip
SAID_FOR_NOTHING = sorted(NO_VALUE)  # which test_template has in words
BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

LABELS = st.text("abcÉéñ XY19_-()/", min_size=1, max_size=20).filter(lambda label: label[0].isalpha())
ANYTHING = st.text(max_size=30)
SIGNS = st.text("ab<>|:?' ,\n{}éÀ1/", max_size=60)


@st.composite
def field_types(draw, types=TYPES):
    """Some fields of a group, by the labels that people wrote, with the type of each; no two are the same name."""
    labels = draw(st.lists(LABELS, max_size=5, unique_by=placeholders.key_of))
    labels = [one for one in labels if placeholders.key_of(one) not in placeholders.BUILT_IN]
    return {label: draw(st.sampled_from(types)) for label in labels}


def texts_with(names):
    """Texts full of those names: in fields, in fields that are not closed, bare, and among all kinds of signs."""
    name = st.sampled_from([*names, *placeholders.BUILT_IN])
    written = st.one_of(name, name.map(str.upper), name.map(field_key))
    pieces = st.one_of(
        written.map("<{}>".format), written.map("<{}|you>".format), written.map("<{}|>".format),
        written.map("<{}".format), written.map("< {}>".format), written.map("{}>".format), written,
        st.tuples(written, st.sampled_from(FORMATS)).map("<{0[0]}:{0[1]}|x>".format),
        st.tuples(written, written, written).map("<{0[0]}?<{0[1]}|>: {0[1]}|{0[2]}>".format),
        st.sampled_from(["<", "<<", ">", "|", ":", "?", " ", "\n", "\r\n", " < ", "a <3 ", ", "]), SIGNS,
    )  # fmt: skip
    return st.lists(pieces, max_size=6).map("".join)


def values_like(names):
    """Values that look like placeholders, and any others."""
    name = st.sampled_from([*names, *placeholders.BUILT_IN])
    looks = ("<{}>", "{}>", "<{}", "<<{}>>", "{}|x>", "<{}?a|b>", "|{}", " {} ")
    return st.one_of(st.tuples(st.sampled_from(looks), name).map(lambda one: one[0].format(one[1])), ANYTHING)


@st.composite
def texts_of_people(draw):
    """A text, the fields it may use, and one person's name and values."""
    types = draw(field_types())
    values = {field_key(label): draw(values_like(types)) for label in types}
    return draw(texts_with(types)), types, draw(values_like(types)), values


def render(text, types, name="Jane", values=None, language="en"):
    fields = {field_key(label): type_ for label, type_ in types.items()}
    template = placeholders.compile(text, fields, language=language)
    return template.renderer(today=date(2026, 11, 24), sender="LENDER")("254712345678", name, values or {})


def is_missing(value):
    """Whether a text's value counts as none: nothing that anybody could see, or a word that stands for nothing."""
    seen = "".join(char for char in value if unicodedata.category(char) not in ("Cc", "Cf", "Zs", "Zl", "Zp"))
    return not seen or BREAKS.sub(" ", value).strip().lower() in NO_VALUE


def as_sent(value):
    """A value as it stands in a text: one blank for each stretch of line breaks and control characters."""
    return BREAKS.sub(" ", value)


@given(texts_of_people(), st.sampled_from(["en", "sw"]))
def test_any_text_and_values_give_a_result_or_a_named_error(example, language):
    text, types, name, values = example
    try:
        rendered = render(text, types, name, values, language)
    except PlaceholderError as error:
        assert 0 <= error.position < len(placeholders.normalised(text))
        assert error.code and error.words
    else:
        assert isinstance(rendered, (str, Missing))
    for problem in placeholders.lint(text, {"Loans": {field_key(label): type_ for label, type_ in types.items()}}):
        assert problem.code and problem.words


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), ANYTHING)
def test_any_characters_at_all_give_a_result_or_a_named_error(text, value):
    try:
        rendered = render(text, {"a": "text"}, value, {"a": value})
    except PlaceholderError as error:
        assert error.code
    else:
        assert isinstance(rendered, (str, Missing))


@given(texts_of_people())
def test_no_known_name_is_left_after_a_sign_that_opens_a_field(example):
    text, types, name, values = example
    text = re.sub("<+", "<", text)
    name, values = name.replace("<", ""), {key: value.replace("<", "") for key, value in values.items()}
    try:
        rendered = render(text, types, name, values)
    except PlaceholderError:
        return
    if not isinstance(rendered, str):
        return
    # Stricter than the property: every name begins with a letter, so no letter may stand there at all.
    assert not [after for after in rendered.split("<")[1:] if after[:1].isalpha()]


@given(ANYTHING | st.sampled_from(SAID_FOR_NOTHING) | st.text(" \t\n\u00a0\u200b\x07", max_size=5))
def test_a_value_stands_in_the_result_or_is_missing_as_the_list_says(value):
    """Which of the two is told beforehand, from the value alone."""
    types = {"A": "text"}
    if is_missing(value):
        assert render("x<a|nothing>x", types, values={"a": value}) == "xnothingx"
        assert render("x<a>x", types, values={"a": value}) == Missing("a")
        assert render("x<name>x", types, name=value) == Missing("name")
    else:
        for text in ("x<a|nothing>x", "x<a>x", "x<A?<a>|nothing>x"):
            assert render(text, types, values={"a": value}) == f"x{as_sent(value)}x"
        assert render("x<name>x", types, name=value) == f"x{as_sent(value)}x"


@st.composite
def texts_and_results(draw):
    """A text, its fields and values, and what must come of it: put together side by side, with no parser."""
    types = draw(field_types(types=("text", "choice")))
    values = {field_key(label): draw(values_like(types).filter(lambda value: not is_missing(value))) for label in types}
    plain = st.text("ab .,>?:|é’", max_size=8)
    text, result = draw(plain), ""
    result = text
    for label in draw(st.lists(st.sampled_from(sorted(types)), max_size=5)) if types else []:
        value = as_sent(values[field_key(label)])
        shape, becomes = draw(
            st.sampled_from(
                [
                    ("<{}>", "{}"), ("<{}|you>", "{}"), ("<{}|>", "{}"), ("<{} >", "{}"), ("<<{}", "<" + label),
                    ("<{}?a|b>", "a"), ("<nobody?a|b>", "b"), ("<nobody|you>", "you"),
                ]
            )
        )  # fmt: skip
        between = draw(plain)
        text += shape.format(label) + between
        result += becomes.format(value) + between
    return text + "!", types, values, result + "!"


@given(texts_and_results())
def test_what_stands_between_and_in_fields_is_what_is_sent(example):
    text, types, values, result = example
    assert render(text, types, values=values) == result


@given(
    st.text("ab \t", min_size=1, max_size=8), st.sampled_from("\r\n\x00\x07\x1b\u2028\u2029"), st.text("cd", min_size=1)
)
def test_a_line_break_or_control_character_of_a_value_is_never_in_the_result(before, control, after):
    rendered = render("x<a>x", {"a": "text"}, values={"a": f"{before}e{control}e{after}"})
    assert not set(rendered) & set("\r\n\x00\x07\x1b\u2028\u2029")
    assert f"e{after}x" in rendered


@given(SIGNS)
def test_the_pieces_of_a_text_put_together_are_the_text(text):
    text = placeholders.normalised(text)
    pieces = placeholders.segments(text)
    assert "".join(text[one.start : one.end] for one in pieces) == text
    errors = [one for one in pieces if one.kind is placeholders.SegmentKind.ERROR]
    try:
        placeholders.compile(text)
    except PlaceholderError as error:
        assert error.position >= errors[0].start
    else:
        assert not errors


TYPED = st.text("0123456789.-,+eE naNifsSyYtrue:TZ/²", max_size=12)
TYPED_FIELDS = {"balance": "money", "due_date": "date", "visits": "integer", "rate": "decimal", "member": "boolean"}


@given(
    st.sampled_from(["en", "sw"]),
    st.sampled_from(
        [
            "<balance>", "<balance:0>", "<balance:plain|x>", "<due_date>", "<due_date:dddd d mmmm yyyy|x>", "<visits>",
            "<visits:0.0>", "<rate>", "<member>", "<balance?a|b>", "<member?<due_date|x>|<visits>>", "<visits?<a|>|b>",
        ]
    ),
    TYPED,
)  # fmt: skip
def test_a_value_that_is_none_of_its_type_is_written_or_missing_and_never_an_error(language, text, value):
    rendered = render(text, TYPED_FIELDS, values=dict.fromkeys(TYPED_FIELDS, value), language=language)
    assert isinstance(rendered, (str, Missing))


OTHER_ROWS = st.lists(st.tuples(st.integers(0, 1), ANYTHING, TYPED), min_size=1, max_size=4)


@given(texts_of_people(), OTHER_ROWS, st.booleans())
def test_any_rows_of_a_number_give_a_text_or_say_which_field_stands_in_the_way(example, others, refuses_zeros):
    text, types, name, values = example
    fields = {field_key(label): type_ for label, type_ in types.items()}
    try:
        templates = [placeholders.compile(text, one) for one in (fields, {})]
    except PlaceholderError:
        return
    join = placeholders.joiner(templates, today=date(2026, 11, 24), sender="LENDER", refuses_zeros=refuses_zeros)
    rows = [(0, name, values), *((place, who, dict.fromkeys(values, value)) for place, who, value in sorted(others))]
    joined = join("254712345678", rows)
    assert isinstance(joined, (str, Missing))
    if isinstance(joined, Missing):
        assert joined.key in {*templates[0].names, *templates[1].names}
        assert joined.row is None or 0 <= joined.row < len(rows)


@given(texts_of_people(), st.integers(2, 4))
def test_rows_that_say_the_same_read_as_one_row_does(example, count):
    text, types, name, values = example
    fields = {field_key(label): type_ for label, type_ in types.items()}
    try:
        template = placeholders.compile(text, fields)
    except PlaceholderError:
        return
    joined = placeholders.joiner([template], today=date(2026, 11, 24), sender="LENDER")(
        "254712345678", [(0, name, values)] * count
    )
    if ":count" in text or ":sum" in text:
        assert not isinstance(joined, Several)
    else:
        assert joined == render(text, types, name, values)
