"""The core of `make chaos`: the same scenes, short enough for every change (`make core`)."""

import os
import subprocess
import sys

import pytest

from tests.servers.conftest import REPOSITORY

pytestmark = [pytest.mark.servers, pytest.mark.chaos]


def play(scene, texts):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))}
    played = subprocess.run(
        [sys.executable, "-m", "tests.chaos", scene, "--texts", str(texts)],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert played.returncode == 0, played.stdout
    print(played.stdout)


def test_nobody_gets_a_text_twice_whatever_breaks():
    play("storm", 3_000)


def test_after_a_stop_only_what_was_in_flight_goes_out_and_the_rest_is_right():
    play("stops", 2_000)


def test_without_postgresql_or_redis_for_a_while_everybody_gets_it_once():
    play("outages", 2_000)


def test_three_workers_together_keep_the_pace():
    play("pace", 1_600)


def test_a_reminder_goes_once_at_its_minute_under_two_beats_and_four_workers():
    play("due", 2_000)


def test_scripts_calls_go_once_or_never_though_the_web_server_is_killed():
    play("scripts", 3_000)


def test_two_people_and_four_keys_get_nothing_past_the_rules_between_them():
    play("walk", 45)


def test_whatever_a_receiver_does_each_final_state_is_told_it_in_order_and_after_its_commit():
    play("callbacks", 600)


def test_replies_that_come_in_a_flood_are_each_there_once_and_the_inbox_is_right():
    play("replies", 800)


def test_bulks_of_reports_and_settlements_keep_the_totals():
    play("bulks", 5_000)
