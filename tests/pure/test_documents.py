"""What the documents name is there: folders, files, and the functions of the table of locks."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("", "docs", "campaigns", "contacts", "qsms_portal", "accounts")
DOCUMENTS = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "README.md",
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs/decisions").glob("*.md"),
]
# `actions/launch`, `campaigns/sql/`, `tests/makers.py`: two names with a slash, in backticks or in brackets.
PATH = re.compile(r"[`(]((?:\w+/)+(?:\w+(?:\.(?:py|sql|md|toml|sh))?)?)(?=[`),;:])")
FILE = re.compile(r"`(\w+\.(?:py|sql))`")
NOT_OURS = re.compile(r"NNNN|n/a|Africa/|module|staticfiles|dlr/|inbound/|text/|application/|v1/")


def exists(path):
    places = [ROOT / app / path for app in APPS]
    return any(place.exists() or place.with_name(f"{place.name}.py").exists() for place in places)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.relative_to(ROOT).as_posix())
def test_every_path_that_a_document_names_is_there(document):
    named = {path for path in PATH.findall(document.read_text()) if not NOT_OURS.search(path)}
    assert sorted(path for path in named if not exists(path)) == []
    files = {name for name in FILE.findall(document.read_text()) if not NOT_OURS.search(name)}
    assert (
        sorted(name for name in files if not any(any((ROOT / app).rglob(name)) for app in (*APPS[1:], "tests"))) == []
    )


@pytest.mark.parametrize("app", ["campaigns", "contacts"])
def test_the_layers_are_drawn_as_the_contract_has_them(app):
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == [app])
    drawn = (ROOT / "docs/architecture.md").read_text().partition(f"    {app}/\n      urls")[2].partition("\n\n")[0]
    assert ["urls", *(line.strip().partition(":")[0] for line in drawn.splitlines()[1:])] == layers


def test_every_function_of_the_table_of_locks_is_there():
    table = (ROOT / "docs/architecture.md").read_text().partition("## Locks")[2]
    functions = {
        node.name
        for app in ("lib", "accounts", "contacts", "campaigns", "qsms_portal")
        for file in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    named = {name.removeprefix("campaigns_") for name in re.findall(r"`([a-z_]+)`", table)} - {"flock", "claim_next"}
    assert len(named) > 40
    assert sorted(named - functions) == []
