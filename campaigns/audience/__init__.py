"""Who: the people that a campaign is for, those it keeps out, and what is known of them before it goes."""

from campaigns.audience.choice import (
    Choice,
    chosen,
    field_types,
    fields_of,
    groups_of,
    how_many,
    placeholders_of,
    uploaded,
)
from campaigns.audience.people import Person, everybody, members, phones_among, reach, read, still_meant, these
from campaigns.audience.usage import OVER, campaigns_of, campaigns_of_segment

__all__ = [
    "OVER",
    "Choice",
    "Person",
    "campaigns_of",
    "campaigns_of_segment",
    "chosen",
    "everybody",
    "field_types",
    "fields_of",
    "groups_of",
    "how_many",
    "members",
    "phones_among",
    "placeholders_of",
    "reach",
    "read",
    "still_meant",
    "these",
    "uploaded",
]
