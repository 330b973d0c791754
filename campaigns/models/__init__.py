"""From the text to the report: senders, templates, campaigns, runs, batches, messages, delivery reports, replies."""

from campaigns.models.callback import Callback, CallbackPoster, CallbackReceiver
from campaigns.models.campaign import Campaign, CampaignGroup, CampaignSegment
from campaigns.models.contact_push import ContactPush
from campaigns.models.conversation import AnswerStarter, AnswerWord, Conversation, ReplyMail
from campaigns.models.estimate import KeptEstimate
from campaigns.models.figures import BatchFigures, DayFigures
from campaigns.models.gate import Gate
from campaigns.models.message import Batch, ClaimedMarketing, GivenId, GivenReference, Message
from campaigns.models.notice import Notice
from campaigns.models.reply import Reply
from campaigns.models.report import DeliveryReport, Export, UnmappedDescription
from campaigns.models.report_mail import ReportMail, ReportReader
from campaigns.models.rules import Rules
from campaigns.models.run import ReminderKey, Run
from campaigns.models.sample import Sample
from campaigns.models.script_call import ScriptCall
from campaigns.models.sender import Kind, Sender
from campaigns.models.single_count import SingleCount
from campaigns.models.statistic import CallStatistic
from campaigns.models.template import Language, MessageTemplate, TemplateVersion

__all__ = [
    "AnswerStarter",
    "AnswerWord",
    "Batch",
    "BatchFigures",
    "CallStatistic",
    "Callback",
    "CallbackPoster",
    "CallbackReceiver",
    "Campaign",
    "CampaignGroup",
    "CampaignSegment",
    "ClaimedMarketing",
    "ContactPush",
    "Conversation",
    "DayFigures",
    "DeliveryReport",
    "Export",
    "Gate",
    "GivenId",
    "GivenReference",
    "KeptEstimate",
    "Kind",
    "Language",
    "Message",
    "MessageTemplate",
    "Notice",
    "ReminderKey",
    "Reply",
    "ReplyMail",
    "ReportMail",
    "ReportReader",
    "Rules",
    "Run",
    "Sample",
    "ScriptCall",
    "Sender",
    "SingleCount",
    "TemplateVersion",
    "UnmappedDescription",
]
