"""Who: the people that a campaign is for, those it keeps out, and what is known of them before it goes."""

from campaigns.audience.choice import EVERYBODY_HAS, AudienceChoice, chosen
from campaigns.audience.kept_out import why_kept_out
from campaigns.audience.people import Audience, Person, audience_of

__all__ = ["EVERYBODY_HAS", "Audience", "AudienceChoice", "Person", "audience_of", "chosen", "why_kept_out"]
