"""An iterator that works ahead in a thread: what it gives, how it ends, and that nothing of it stays behind."""

import itertools
import sys
import threading
from contextlib import closing

import pytest

from lib.ahead import ahead


def threads():
    return [one for one in threading.enumerate() if one.name == "ahead"]


def test_what_is_made_comes_in_order_and_from_another_thread():
    usual = sys.getswitchinterval()
    found = list(ahead(lambda: ((number, threading.current_thread().name) for number in range(1_000)), 3))
    assert found == [(number, "ahead") for number in range(1_000)]
    assert sys.getswitchinterval() == usual
    assert not threads()


def test_it_is_only_so_many_items_ahead():
    made = []
    with closing(ahead(lambda: (made.append(number) or number for number in itertools.count()), 2)) as numbers:
        for number in itertools.islice(numbers, 100):
            # Two in the queue, and one that waits to be put there.
            assert len(made) <= number + 4
    assert not threads()


def test_an_error_is_raised_where_the_items_are_taken():
    def two_and_no_more():
        yield from (1, 2)
        raise LookupError("no third")

    numbers = ahead(two_and_no_more, 1)
    assert [next(numbers), next(numbers)] == [1, 2]
    with pytest.raises(LookupError, match="no third"):
        next(numbers)
    assert not threads()


def test_whoever_takes_no_more_ends_it():
    closed = []

    def endless():
        try:
            yield from itertools.count()
        finally:
            closed.append(threading.current_thread().name)

    with closing(ahead(endless, 1)) as numbers:
        assert next(numbers) == 0
    assert closed == ["ahead"]
    assert not threads()
