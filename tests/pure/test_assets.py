"""The one file of styles and the one of scripts that pages load: up to date, and of Tabler what pages use."""

import re

import pytest

from assets.making import ROOT, made, styles

NAMING = """card badge alert alert-{{ message|tone }} form-control{% if wrong %} is-invalid{% endif %}
progress-bar-indeterminate btn btn-loading"""


@pytest.fixture(scope="module")
def css():
    return styles(NAMING)


def test_what_is_served_is_what_would_be_made():
    assert {path.name for path, content in made().items() if path.read_text() != content} == set(), "make assets"


@pytest.mark.parametrize("name", ["card", "badge", "is-invalid", "alert", "alert-primary"])
def test_a_rule_stays_with_its_class(css, name):
    assert re.search(rf"\.{name}\b(?!-)", css)


@pytest.mark.parametrize("name", ["accordion", "modal", "offcanvas", "card-title", "dropdown-menu"])
def test_a_rule_goes_with_its_class(css, name):
    assert not re.search(rf"\.{name}\b(?!-)", css.replace(f":not(.{name}", ""))


def test_variables_and_animations_that_nothing_uses_are_gone(css):
    assert set(re.findall(r"(--[\w-]+):", css)) <= set(re.findall(r"var\((--[\w-]+)", css))
    assert "@keyframes progress-indeterminate" in css
    assert "@keyframes pulse" not in css


def test_an_animation_that_is_called_as_a_class_stays_for_another_one(css):
    """`btn-loading` turns by `spinner-border`."""
    assert "@keyframes spinner-border" in css


def test_colour_modes_media_and_elements_stay(css):
    assert "[data-bs-theme=dark]" in css
    assert "color-scheme:dark" in css
    assert "prefers-reduced-motion" in css
    assert re.search(r"[}{]body{", css)
    assert "@page{margin" in css.partition("@media print")[2]


def test_all_digits_and_the_licence_stay(css):
    assert css.startswith("/*!\n * Tabler v")
    assert "--tblr-body-line-height:1.4285714286" in css


def test_ours_stays_whole(css):
    for name in (".portal-menu", ".status-delivered", ".over-time-ends", ".no-print"):
        assert name in css


def test_a_class_is_written_out_in_its_template_or_begins_there():
    """Or it would not be found, and its rules would go."""
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        told = [one for one in re.findall(r'class="([^"]*)"', text) if re.search(r"(?<!\w-)\{\{", one)]
        assert (template.name, told, "class='" in text) == (template.name, [], False)
