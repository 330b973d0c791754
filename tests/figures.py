"""Figures of a day as counting leaves them: under their campaign, and in the sum of all."""

from campaigns.ledger.figures import TextFigures
from campaigns.models import DayFigures
from campaigns.models.figures import ALL

KEYS = ("day", "sender", "source", "who", "network", "group_name")


def make_day_figures(**values):
    """The row of the campaign; its figures are added to those of all."""
    made = DayFigures.objects.create(**values)
    place = {name: getattr(made, name) for name in KEYS}
    whole = DayFigures.objects.filter(campaign=ALL, **place).first() or DayFigures(campaign=ALL, **place)
    figures = TextFigures() if whole.pk is None else TextFigures.of(whole)
    figures.add(TextFigures.of(made))
    for name, value in figures.values().items():
        setattr(whole, name, value)
    whole.save()
    return made
