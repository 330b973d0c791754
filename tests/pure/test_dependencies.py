"""What is installed: one version of each package, by the hashes of its files, asked for and told of."""

import ast
import re
import sys
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
RUNNING, DEVELOPING = "requirements", "requirements-dev"
APPS = ("lib", "accounts", "contacts", "campaigns", "qsms_portal")
HASH = re.compile(r"sha256:[0-9a-f]{64}")
ROW = re.compile(r"^\| (?!package )([\w-]+) \|(.+)\|$", re.MULTILINE)
VIRAL = re.compile(r"\bA?GPL|SSPL|BUSL")


def asked_for(name):
    lines = (line.partition(" #")[0].strip() for line in (ROOT / f"{name}.in").read_text().splitlines())
    requirements = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(one.name): one for one in requirements}


def pins(name):
    """Of each package its requirement, its hashes, and what asks for it."""
    found = {}
    blocks = re.split(r"^(?=\w)", (ROOT / f"{name}.txt").read_text(), flags=re.MULTILINE)
    for block in blocks[1:]:
        wanted, _, comment = block.replace("\\\n", "").partition("\n    # via")
        requirement, *hashes = re.split(r"\s+--hash=", wanted.strip())
        found.setdefault(Requirement(requirement).name, []).append((Requirement(requirement), hashes, comment))
    return found


def version(requirement):
    (one,) = requirement.specifier
    return one.version


def rows():
    text = (ROOT / "docs/dependencies.md").read_text()
    running, _, developing = text.partition("## What it runs on")[2].partition("## What it is checked")
    return {
        name: {package: [cell.strip() for cell in cells.split("|")] for package, cells in ROW.findall(table)}
        for name, table in ((RUNNING, running), (DEVELOPING, developing))
    }


def imported(*places):
    files = [
        file for place in places for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    trees = [ast.parse(file.read_text()) for file in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0}
    others = {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names)
    packages = packages_distributions()
    return {canonicalize_name(package) for module in others for package in packages.get(module, ())}


@pytest.mark.parametrize("name", [RUNNING, DEVELOPING])
def test_every_package_is_pinned_to_one_version_by_hashes(name):
    found = [one for several in pins(name).values() for one in several]
    assert len(found) > 30
    for requirement, hashes, _ in found:
        assert [one.operator for one in requirement.specifier] == ["=="], requirement
        assert hashes and all(HASH.fullmatch(one) for one in hashes), requirement


@pytest.mark.parametrize("name", [RUNNING, DEVELOPING])
def test_no_package_is_built_on_the_way(name):
    assert "--only-binary :all:" in (ROOT / f"{name}.txt").read_text().splitlines()


@pytest.mark.parametrize("name", [RUNNING, DEVELOPING])
def test_the_pins_are_those_of_what_is_asked_for(name):
    asked = asked_for(name)
    found = pins(name)
    assert {package for package, several in found.items() if any(f"-r {name}.in" in one[2] for one in several)} == set(
        asked
    )
    for package, wanted in asked.items():
        assert all(wanted.specifier.contains(version(one)) for one, _, _ in found[package]), package


def test_the_portal_is_tested_with_what_it_runs_on():
    running, developing = pins(RUNNING), pins(DEVELOPING)
    for package in running.keys() & developing.keys():
        assert {version(one) for one, _, _ in developing[package]} <= {version(one) for one, _, _ in running[package]}


def test_what_is_imported_is_asked_for():
    running = set(asked_for(RUNNING))
    assert imported(*APPS, "manage.py") - running == set()
    assert imported("tests", "benchmarks", "assets") - running - set(asked_for(DEVELOPING)) == set()


@pytest.mark.parametrize("name", [RUNNING, DEVELOPING])
def test_the_document_tells_of_every_package_that_is_asked_for_and_of_no_other(name):
    assert set(rows()[name]) == set(asked_for(name))


@pytest.mark.parametrize("name", [RUNNING, DEVELOPING])
def test_licences_are_those_that_the_packages_say(name):
    for package, (_, licence, *_) in rows()[name].items():
        assert licence
        said = metadata(package).get("License-Expression")
        assert said in (None, licence), package
        assert name == DEVELOPING or not VIRAL.search(licence), package
