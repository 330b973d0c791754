"""Signing in: whoever guesses is shut out where they guess from, and the owner never is."""

import pytest
from django.test import Client, override_settings

from accounts.models import User

pytestmark = pytest.mark.django_db

HERE, THERE = "203.0.113.5", "198.51.100.7"
RIGHT = "a long enough password"


@pytest.fixture(autouse=True)
def olive(db):
    return User.objects.create_user("olive", password=RIGHT)


def sign_in(name="olive", password=RIGHT, address=HERE, **headers):
    """Whether one is in, and the answer."""
    answer = Client(REMOTE_ADDR=address, headers=headers).post("/sign-in", {"username": name, "password": password})
    return answer.status_code == 302, answer


def guess(times, **where):
    for number in range(times):
        is_in, answer = sign_in(password=f"guess {number}", **where)
        assert not is_in
        assert answer.status_code < 500
    return answer


def test_who_guesses_is_shut_out_there_and_the_owner_signs_in_from_elsewhere_at_once():
    assert "Too many tries" in guess(11).content.decode()
    assert not sign_in()[0]
    assert sign_in(address=THERE)[0]
    # And from there one goes on doing so, whatever is tried meanwhile.
    guess(5)
    assert sign_in(address=THERE)[0]


def test_nine_mistakes_shut_nobody_out():
    guess(9)
    assert sign_in()[0]


def test_an_address_that_tries_one_name_after_another_is_shut_out_by_itself():
    for number in range(60):
        sign_in(name=f"somebody {number}", password="guess")
    assert not sign_in()[0]
    assert sign_in(address=THERE)[0]


def test_behind_a_trusted_proxy_the_address_before_it_counts():
    with override_settings(TRUSTED_PROXIES=["127.0.0.1"]):
        guess(11, address="127.0.0.1", **{"X-Forwarded-For": HERE})
        assert not sign_in(address="127.0.0.1", **{"X-Forwarded-For": HERE})[0]
        assert sign_in(address="127.0.0.1", **{"X-Forwarded-For": THERE})[0]


def test_who_is_no_proxy_of_ours_cannot_choose_an_address():
    for number in range(11):
        sign_in(password="guess", **{"X-Forwarded-For": f"198.51.100.{number}"})
    assert not sign_in(**{"X-Forwarded-For": "198.51.100.200"})[0]


@pytest.mark.parametrize("forwarded", ["nonsense", "", "1.2.3.4.5", ":::"])
def test_what_is_no_address_is_no_error(forwarded):
    with override_settings(TRUSTED_PROXIES=["127.0.0.1"]):
        guess(2, address="127.0.0.1", **{"X-Forwarded-For": forwarded})
        assert sign_in(address="127.0.0.1", **{"X-Forwarded-For": forwarded})[0]


@pytest.mark.parametrize("length", [150, 151, 256, 10_000])
def test_a_name_that_nobody_can_have_is_a_plain_refusal(length):
    is_in, answer = sign_in(name="n" * length)
    assert (is_in, answer.status_code) == (False, 200)
    assert "enter a correct username and password" in answer.content.decode()


@pytest.mark.parametrize("name", ["a\x00b", "\ud83d", " ", "olive "])
def test_odd_names_are_no_error(name):
    assert sign_in(name=name.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))[1].status_code < 500
