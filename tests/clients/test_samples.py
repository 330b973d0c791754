"""The code on the page “How scripts call the portal” is code: each language's own checker reads all of it."""

import json
import re
import subprocess
import sys

import pytest

from qsms_portal.scripting import samples
from qsms_portal.scripting.described import Call
from qsms_portal.scripting.literals import JSON, NOTATIONS, literal
from qsms_portal.scripting.views import all_calls
from tests.clients.interpreters import LANGUAGES, environment, need
from tests.clients.programs import placed, program, run

ADDRESS = "https://portal.example.org"
ODD = {"a": 'it\'s "#{odd}" \\ $x é € \\', "b c": [1, 2.5, True, False, None, [], {}], "d": {"e": ["x" * 90, "y"]}}


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_all_samples_can_be_read_by_their_language(language, workshop, tmp_path):
    need(language)
    path = placed(language, program(language, ADDRESS), tmp_path)
    check = {
        "curl": ["bash", "-n", str(path)],
        # The types say that what is called is there, and takes what it is given.
        "python": [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir=/dev/null", "program.py"],
        "node": ["node", "--check", str(path)],
        "php": ["php", "-l", str(path)],
        "ruby": ["ruby", "-c", str(path)],
        "go": ["go", "vet", "."],
    }[language]
    done = subprocess.run(
        check, cwd=tmp_path, env=environment(language, workshop), capture_output=True, text=True, timeout=180,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_client_has_a_name_for_is_called_by_it(language):
    calls = {f"{call.method} {call.path}": samples.sample(call, language, ADDRESS) for call in all_calls()}
    spelt = {
        "POST /api/sms/sendsms": "send_one", "POST /api/sms/sendmultiple": "send_many",
        "POST /v1/contacts": "add_contacts", "POST /v1/campaigns": "launch_campaign",
        "GET /v1/campaigns/{pk}": "campaign_status", "GET /v1/messages/{pk}": "message_status",
        "GET /v1/balance": "balance",
    }  # fmt: skip
    for named, name in spelt.items():
        assert re.search(rf"client(\.|->){name.replace('_', '_?')}\b", calls.pop(named), re.IGNORECASE)
    assert all(re.search(r"client(\.|->)call\(", code, re.IGNORECASE) for code in calls.values())


def test_a_quote_ends_no_argument_of_the_shell():
    call = Call("POST", "/v1/messages", "", "", body={"message": "it's $HOME"})
    code = samples.sample(call, "curl", ADDRESS).replace("curl", "printf '%s\\n'")
    said = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True).stdout
    assert '-d\n{"message": "it\'s $HOME"}\n' in said


PRINTS = {
    "python": "import json\nprint(json.dumps({}))",
    "node": "console.log(JSON.stringify({}));",
    "php": "<?php echo json_encode({}), PHP_EOL;",
    "ruby": 'require "json"\nputs JSON.generate({})',
    "go": (
        'package main\n\nimport (\n\t"encoding/json"\n\t"os"\n)\n\n'
        "func main() {{\n\tjson.NewEncoder(os.Stdout).Encode({})\n}}\n"
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_is_the_same_in_each_language(language, workshop, tmp_path):
    need(language)
    code = PRINTS[language].format(literal(ODD, NOTATIONS[language]))
    told = json.loads(run(language, code, tmp_path, workshop))
    if language == "php":
        told["b c"][6] = {}  # PHP has one kind of empty array
    assert told == ODD
    assert json.loads(literal(ODD, JSON)) == ODD
