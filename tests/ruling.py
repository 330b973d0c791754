"""The form of the rules as somebody fills it in."""

from campaigns.forms.rules import RulesForm


def typed(**changes):
    """What the page's form posts as it stands, with these changes; None takes one away, as a switch does."""
    form = RulesForm()
    values = {name: form[name].value() for name in form.fields}
    values = {name: "on" if one is True else one for name, one in (values | changes).items()}
    return {name: one for name, one in values.items() if one is not None and one is not False and one != ""}
