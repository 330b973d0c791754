"""The answer to contacts, in whatever shape it comes: who was refused, and what proves that nobody was taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.gateway.codes import Verdict
from campaigns.gateway.contact_replies import NO_REASON, read_contacts
from campaigns.gateway.errors import Refused, Unreadable

PHONES = ["254712345678", "254723456789", "254734567890"]


def refused(answer):
    return [(one.place, one.words) for one in read_contacts(answer, PHONES).refused]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"group": "g", "created": 2, "updated": 0, "unchanged": 1, "duplicates": 0, "rejected": []}, []),
        ({"rejected": [{"index": 1, "phone": "+254723456789", "error": "no mobile"}]}, [(1, "no mobile")]),
        ({"rejected": [{"index": 1, "error": "bad"}, {"index": 1, "error": "worse"}]}, [(1, "worse")]),
        ({"rejected": [{"index": 2, "phone": "0723456789", "error": "bad"}]}, [(1, "bad")]),
        ({"rejected": [{"index": 7, "phone": "0723456789", "error": "bad"}]}, [(1, "bad")]),
        ({"rejected": [{"index": True, "error": "a"}, {"index": -1, "error": "b"}]}, [(None, "a"), (None, "b")]),
        ({"rejected": [{"index": 0, "phone": "+254700000000", "error": "bad"}]}, [(None, "bad")]),
        ({"errors": [{"row": 0, "reason": "dnd"}]}, [(0, "dnd")]),
        ({"failed": [{"mobile": 254734567890, "message": {"message": "full"}}]}, [(2, "full")]),
        ({"invalid": ["0712345678", 5, None]}, [(0, "0712345678"), (None, "5"), (None, NO_REASON)]),
        ({"rejected": 3}, []),
        ({"rejected": {"a": "b"}}, []),
        ({"stored": 3}, []),
        ({"anything": None}, []),
        ({}, []),
        ([], []),
        ([1, 2], []),
        ({"status_code": "1000"}, []),
        ([{"status_code": 1000, "rejected": [{"index": 0, "error": "bad"}]}], [(0, "bad")]),
        ({"success": True, "error": None}, []),
    ],
)  # fmt: skip
def test_who_was_refused(answer, expected):
    assert refused(answer) == expected


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        ({"status_code": "1006", "status_desc": "Invalid credentials"}, Verdict.HALT_ACCOUNT, "know this API key"),
        ([{"status_code": 1011}], Verdict.HALT_ACCOUNT, "suspended"),
        ({"status_code": 1005}, Verdict.PASSING, "fault of its own"),
        ({"success": False, "message": "Group is locked"}, Verdict.HALT_ACCOUNT, "takes no contacts: Group is locked"),
        ({"error": {"code": "invalid", "message": "No group"}}, Verdict.HALT_ACCOUNT, "takes no contacts: No group"),
        ({"error": "No group"}, Verdict.HALT_ACCOUNT, "takes no contacts: No group"),
        ({"success": False}, Verdict.HALT_ACCOUNT, "takes no contacts."),
    ],
)  # fmt: skip
def test_a_call_that_is_refused_takes_nobody(answer, verdict, said):
    with pytest.raises(Refused, match=said) as error:
        read_contacts(answer, PHONES)
    assert error.value.verdict is verdict


@pytest.mark.parametrize("answer", [None, 5, "ok", True, {"status_code": 0}, {"status_code": "4711"}, [None], ["ok"]])
def test_what_says_nothing_is_no_yes(answer):
    with pytest.raises(Unreadable):
        read_contacts(answer, PHONES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["rejected", "errors", "index", "phone", "error", "message", "status_code", "success"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_any_answer_is_read_or_is_an_error_of_ours(answer):
    try:
        reply = read_contacts(answer, PHONES)
    except (Refused, Unreadable):
        return
    assert all(one.words and (one.place is None or 0 <= one.place < len(PHONES)) for one in reply.refused)
