"""From the text to the report: senders, templates, campaigns, runs, batches, messages, delivery reports, replies."""

from campaigns.models.campaign import Campaign, CampaignGroup, CampaignSegment
from campaigns.models.gate import Gate
from campaigns.models.message import Batch, GivenId, Message
from campaigns.models.reply import Reply
from campaigns.models.report import DeliveryReport, Export, UnmappedDescription
from campaigns.models.rules import Rules
from campaigns.models.run import ReminderKey, Run
from campaigns.models.sender import Kind, MessageTemplate, Sender
from campaigns.models.statistic import CallStatistic

__all__ = [
    "Batch",
    "CallStatistic",
    "Campaign",
    "CampaignGroup",
    "CampaignSegment",
    "DeliveryReport",
    "Export",
    "Gate",
    "GivenId",
    "Kind",
    "Message",
    "MessageTemplate",
    "ReminderKey",
    "Reply",
    "Rules",
    "Run",
    "Sender",
    "UnmappedDescription",
]
