"""Who wrote to us, ready answers, words with an answer; and where a reply is in the inbox.

Replies that are there already are read: the column begins with that, and what comes from now on is new, also what a web
process of the release before writes, which does not know the column.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

STATE = models.CharField(
    choices=[("new", "Just came"), ("unread", "Not read"), ("read", "Read, or needs nobody")],
    db_default="new",
    default="new",
    max_length=6,
)
PERSON = {"blank": True, "null": True, "on_delete": django.db.models.deletion.SET_NULL, "related_name": "+"}
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
ANSWER_PAYS = "Whose monthly limit its answers count against."


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0046_runs_to_tell_of"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ID,
                (
                    "phone",
                    models.CharField(help_text="Empty: of whoever has no mobile number.", max_length=15, unique=True),
                ),
                (
                    "last_reply",
                    models.BigIntegerField(help_text="The id of its newest reply: by it conversations are ordered."),
                ),
                ("last_at", models.DateTimeField(help_text="When that came.")),
                (
                    "is_unread",
                    models.BooleanField(
                        db_default=False, default=False, help_text="It has a reply that nobody has read."
                    ),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(to=settings.AUTH_USER_MODEL, db_index=False, **PERSON),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "auto_answered_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the portal last answered by itself, a confirmed STOP too.",
                        null=True,
                    ),
                ),
                (
                    "auto_answers",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="Of words, since there was none for a day."
                    ),
                ),
            ],
            options={
                "ordering": ["-last_reply"],
                "indexes": [
                    models.Index(fields=["-last_reply"], name="conversation_latest"),
                    models.Index(
                        condition=models.Q(is_unread=True), fields=["-last_reply"], name="conversation_unread"
                    ),
                    models.Index(
                        condition=models.Q(done_at__isnull=True), fields=["-last_reply"], name="conversation_open"
                    ),
                    models.Index(
                        condition=models.Q(done_at__isnull=False), fields=["-last_reply"], name="conversation_done"
                    ),
                    models.Index(
                        condition=models.Q(assigned_to__isnull=False, done_at__isnull=True),
                        fields=["assigned_to", "-last_reply"],
                        name="conversation_of_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerWord",
            fields=[
                ID,
                (
                    "word",
                    models.CharField(help_text="In capitals: letters, digits, blanks.", max_length=30, unique=True),
                ),
                ("text", models.TextField()),
                ("is_on", models.BooleanField(default=False)),
                (
                    "changed_by",
                    models.ForeignKey(
                        to=settings.AUTH_USER_MODEL, db_index=False, help_text=ANSWER_PAYS, **PERSON
                    ),
                ),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={"ordering": ["word"]},
        ),
        migrations.CreateModel(
            name="AnswerStarter",
            fields=[ID, ("name", models.CharField(max_length=60, unique=True)), ("text", models.TextField())],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="ReplyMail",
            fields=[ID, ("tried_at", models.DateTimeField())],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(pk=1), name="reply_mail_is_one_row")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "ALTER TABLE campaigns_reply ADD COLUMN state varchar(6) NOT NULL DEFAULT 'read'",
                        "ALTER TABLE campaigns_reply ALTER COLUMN state SET DEFAULT 'new'",
                    ],
                    "ALTER TABLE campaigns_reply DROP COLUMN state",
                )
            ],
            state_operations=[migrations.AddField(model_name="reply", name="state", field=STATE)],
        ),
        migrations.AddField(
            model_name="reply",
            name="is_to_mail",
            field=models.BooleanField(db_default=False, default=False, help_text="It is to be mailed on."),
        ),
        migrations.AddField(
            model_name="rules",
            name="reply_months",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Months that replies are kept; empty: for ever.", null=True
            ),
        ),
        migrations.AddField(
            model_name="rules",
            name="reply_mails",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="To whom replies are mailed on, with commas.",
                max_length=400,
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="source",
            field=models.CharField(
                choices=[
                    ("campaign", "Campaign"),
                    ("test", "Test"),
                    ("api", "API"),
                    ("reply", "Answer to a reply"),
                    ("answer", "Answer to STOP"),
                    ("person", "Person"),
                    ("code", "Code for one's own phone"),
                ],
                default="campaign",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="reply",
            name="answer",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="The text that confirmed or answered it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="campaigns.message",
            ),
        ),
        migrations.AlterField(
            model_name="reply",
            name="answered_at",
            field=models.DateTimeField(blank=True, help_text="When its STOP was confirmed.", null=True),
        ),
    ]
