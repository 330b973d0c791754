"""Campaigns, texts, templates and the account as the API tells them; `campaigns.api.shapes` writes most of them."""

from datetime import date, datetime
from typing import Any

from ninja import Field

from accounts.answers import Answer, Money, Phone, one_of
from campaigns.models import Callback as Event
from campaigns.models import Campaign as Draft
from campaigns.models import Message as Text
from campaigns.models import Run as Occurrence
from campaigns.models.sender import Kind
from campaigns.reporting.report_query import BY

TEMPLATE = "Dear <name>, your balance of KES <balance> is due on <due_date>."
TEXT = "Dear Jane, your balance of KES 5,000.00 is due on 18 Dec 2026."
WHEN = "2026-12-04T06:00:00Z"
LEFT_OUT = {"opted_out": 4, "missing:balance": 20}


class Totals(Answer):
    audience: int = Field(description="Texts.", examples=[1204])
    people: int = Field(description="Whom they are for: distinct numbers.", examples=[1050])
    queued: int = Field(examples=[0])
    accepted: int = Field(examples=[21])
    rejected: int = Field(examples=[0])
    uncertain: int = Field(examples=[0])
    delivered: int = Field(examples=[1150])
    undelivered: int = Field(examples=[9])
    expired: int = Field(examples=[0])
    skipped: int = Field(examples=[24])
    cancelled: int = Field(examples=[0])
    unknown: int = Field(examples=[0])


class Waiting(Answer):
    what: str = Field(alias="for", examples=["quiet_hours"])
    until: datetime | None = Field(examples=[WHEN])


class Run(Answer):
    id: int = Field(examples=[31])
    status: str = Field(examples=["finished"], json_schema_extra=one_of(Occurrence.Status.values))
    occurrence: str = Field(description="`once`, or the rule's local day.", examples=["once"])
    scheduled_for: datetime = Field(examples=[WHEN])
    started_at: datetime | None = Field(examples=[WHEN])
    finished_at: datetime | None = Field(examples=["2026-12-04T06:02:11.482Z"])
    halt_reason: str | None = Field(examples=[None])
    waiting: Waiting | None = Field(examples=[None])


class Tallied(Answer):
    totals: Totals
    skipped: dict[str, int] = Field(description="Who was left out, by reason.", examples=[LEFT_OUT])
    parts: int = Field(examples=[1204])
    cost: Money
    spent: Money
    cost_is: str = Field(examples=["actual"], json_schema_extra=one_of(["actual", "estimate"]))


class RunWithTotals(Tallied, Run):
    stage: str | None = Field(description="Of alternatives and trials.", examples=[None])


class Campaign(Tallied):
    id: int = Field(examples=[12])
    name: str = Field(examples=["December balances"])
    status: str = Field(examples=["finished"], json_schema_extra=one_of(Draft.Status.values))
    version: int = Field(description="Goes up with each change; approvals name it.", examples=[3])
    kind: str = Field(examples=["transactional"], json_schema_extra=one_of(Kind.values))
    text: str = Field(examples=[TEMPLATE])
    sender: str | None = Field(examples=["NAKURUSACCO"])
    send_at: datetime | None = Field(examples=[WHEN])
    timezone: str = Field(examples=["Africa/Nairobi"])
    schedule: dict[str, Any] | None = Field(examples=[None])
    next_at: datetime | None = Field(examples=[None])
    audience: str = Field(examples=["live"], json_schema_extra=one_of(Draft.Audience.values))
    one_text_for: str = Field(
        description="Where a group tells rows of a number apart: each row, or all rows of a number.",
        examples=["number"],
        json_schema_extra=one_of(Draft.OneTextFor.values),
    )
    run: Run | None
    currency: str = Field(examples=["KES"])


class Whom(Answer):
    """The person as it was when the text was planned."""

    name: str | None = Field(
        description="Theirs then; null: they had none, or it is of several rows.", examples=["Jane Wanjiru"]
    )
    group: str | None = Field(description="Theirs then; null: a text to a number alone.", examples=["loan_clients"])
    reference: str | None = Field(
        description="Of the row that it tells of, where its group tells rows of a number apart.", examples=[None]
    )


class Message(Whom):
    id: int = Field(examples=[90214])
    phone: Phone
    text: str = Field(examples=[TEXT])
    status: str = Field(examples=["delivered"], json_schema_extra=one_of(Text.Status.values))
    reason: str | None = Field(examples=[None])
    parts: int = Field(examples=[1])
    cost: Money = Field(examples=["0.60"])
    gateway_id: str | None = Field(examples=["4480012345"])
    accepted_at: datetime | None = Field(examples=[WHEN])
    delivered_at: datetime | None = Field(examples=["2026-12-04T06:00:07.301Z"])


class Sent(Answer):
    id: int = Field(examples=[90214])
    status: str = Field(
        examples=["queued"], json_schema_extra=one_of(["queued", "sent", "delivered", "failed", "uncertain"])
    )


class SingleText(Whom, Sent):
    to: Phone
    message: str = Field(examples=[TEXT])
    parts: int = Field(examples=[1])
    cost: Money = Field(examples=["0.60"])
    client_ref: str | None = Field(examples=["invoice-4711"])
    accepted_at: datetime | None = Field(examples=[WHEN])
    delivered_at: datetime | None = Field(description="To the second.", examples=["2026-12-04T06:00:07Z"])
    reason: str | None = Field(examples=[None])


class Reply(Answer):
    id: int = Field(examples=[311])
    phone: Phone | None = Field(description="null: it came without the number of a mobile.")
    text: str = Field(examples=["I have paid, see QGH7X1"])
    received_at: datetime = Field(examples=[WHEN])
    read: bool = Field(description="By a person or a script, or it needs nobody: a STOP.", examples=[False])
    opted_out: bool = Field(description="Whether its number gets no texts now.", examples=[False])
    message: int | None = Field(
        description="The text that was sent to its number last before it came; null: there was none.", examples=[90214]
    )


class Warned(Answer):
    code: str = Field(examples=["unknown"])
    position: int = Field(description="In the text, from 0.", examples=[5])
    message: str = Field(examples=["There is no field <nme>."])
    suggestion: str | None = Field(examples=["name"])


class Template(Answer):
    id: int = Field(examples=[7])
    name: str = Field(examples=["Loan due"])
    text: str = Field(examples=[TEMPLATE])
    language: str = Field(examples=["en"], json_schema_extra=one_of(["en", "sw"]))
    placeholders: list[str] = Field(examples=[["name", "balance", "due_date"]])
    parts: int = Field(description="Of the text as it is written.", examples=[1])
    fits: list[str] = Field(description="Groups that have all of its fields.", examples=[["loan_clients"]])
    warnings: list[Warned] = Field(examples=[[]])


class SampleText(Answer):
    phone: Phone
    text: str = Field(examples=[TEXT])
    parts: int = Field(examples=[1])


class Preview(Answer):
    audience: int = Field(description="Texts, with those that are left out.", examples=[1204])
    people: int = Field(description="Whom they are for: distinct numbers.", examples=[1050])
    merged: int = Field(description="Numbers that stand in several of the groups.", examples=[3])
    left_out: dict[str, int] = Field(examples=[LEFT_OUT])
    messages: int = Field(examples=[1180])
    zero_amounts: int = Field(examples=[0])
    too_often: int = Field(
        examples=[0],
        description="People with a text who have had as many marketing texts in seven days as the rules allow, as far "
        "as is known now. They would be left out.",
    )
    by_parts: dict[str, int] = Field(examples=[{"1": 1156, "2": 24}])
    parts: int = Field(examples=[1204])
    cost: Money
    currency: str = Field(examples=["KES"])
    exact: bool = Field(description="False: told from a sample; ask again in some seconds.", examples=[True])
    texts: list[SampleText]
    longest: SampleText | None
    blockers: list[str] = Field(description="Why it may not be launched.", examples=[[]])


class Stopped(Answer):
    stopped: bool = Field(examples=[True])
    stopped_at: datetime = Field(examples=["2026-12-04T06:00:03.120Z"])
    stopped_by: str = Field(examples=["the key “crm”"])


class Sample(Answer):
    event: str = Field(examples=["test"])
    taken: bool = Field(description="Whether it was answered 2xx.", examples=[True])
    status: int | None = Field(description="HTTP's; null: no answer came.", examples=[200])
    answer: str = Field(description="Its beginning, or what went wrong.", examples=["HTTP 200: OK"])


class Callback(Answer):
    id: int = Field(description="In the header `QSMS-Id`, of a repeat the same.", examples=[7120])
    event: str = Field(examples=["delivered"], json_schema_extra=one_of(Event.WORDS))
    message: int | None = Field(description="null: it tells of a reply.", examples=[90214])
    tries: int = Field(examples=[1])
    status: str = Field(examples=["delivered"], json_schema_extra=one_of(Event.Status.values))
    answered_at: datetime | None = Field(examples=["2026-12-04T06:00:07.912Z"])


class ReportFigures(Answer):
    texts: int = Field(description="Accepted by the gateway, whatever became of them.", examples=[1180])
    parts: int = Field(description="Of what went, or may have gone.", examples=[1204])
    delivered: int = Field(examples=[1150])
    undelivered: int = Field(examples=[9])
    no_report: int = Field(description="It may come, or did not come in time.", examples=[21])
    not_known: int = Field(description="Not known to have gone; not among `texts`.", examples=[0])
    left_out: int = Field(examples=[24])
    cost: Money


class ReportRow(ReportFigures):
    key: str = Field(
        description="The day, the week's Monday, the month (`2026-11`), an id (`0`: single texts), a name, or who it "
        "was (`user:3`, `key:5`); `-`: none.",
        examples=["12"],
    )
    label: str = Field(examples=["December balances"])


class Report(Answer):
    first: date = Field(alias="from", examples=["2026-11-01"])
    last: date = Field(alias="to", examples=["2026-11-30"])
    by: str = Field(examples=["campaign"], json_schema_extra=one_of(BY))
    results: list[ReportRow]
    total: ReportFigures


class Balance(Answer):
    """Numbers, as the gateway itself tells them; null where it does not."""

    balance_kes: float | None = Field(examples=[4200.0])
    sms_remaining: int | None = Field(examples=[10500])
    rate_per_sms: float | None = Field(examples=[0.4])
    as_of: datetime = Field(examples=[WHEN])
