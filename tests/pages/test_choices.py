"""Choices as forms write them, by a template of the portal's own."""

from django import forms
from django.forms.renderers import get_default_renderer

CHOICES = [("", "All"), ("<1>", "A & B"), ("Fruit", [("7", "Mango"), ("8", "Apple")])]


def test_choices_are_written_with_their_groups_and_what_is_chosen():
    html = " ".join(
        forms.Select(attrs={"class": "wide", "disabled": True}, choices=CHOICES).render("what", "8").split()
    )
    assert html == (
        '<select name="what" class="wide" disabled> <option value="">All</option> '
        '<option value="&lt;1&gt;">A &amp; B</option> <optgroup label="Fruit"> <option value="7">Mango</option> '
        '<option value="8" selected>Apple</option> </optgroup> </select>'
    )


def test_the_template_is_the_one_of_the_portal():
    select = get_default_renderer().get_template("django/forms/widgets/select.html")
    assert select.origin.name.endswith("templates/django/forms/widgets/select.html")
    assert "/site-packages/" not in select.origin.name
