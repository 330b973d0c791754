"""Contact groups, the custom fields that they define, and the contacts in them."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Collate, Now, Right
from django.utils import timezone

from accounts.names import LONGEST_SHORT_NAME
from contacts.models.plain_names import WORDS_OF_NAME
from contacts.spreadsheets.heading_words import amounts_under, heading_words, years_under
from contacts.values import LONGEST_KEY, LONGEST_REFERENCE, Around, Parser, reference_of, value_parser
from lib.names import NameField

LONGEST_GROUP_NAME = 100
LONGEST_LABEL = 100
LONGEST_NAME = 200
# A group's fields, by a call of the API or by what comes with people from another one.
MOST_FIELDS = 200


class PresentGroups(models.Manager["ContactGroup"]):
    """The groups that there are: whose deletion was ordered is gone for everybody but the worker that empties it.

    One that waits for its upload is there for that upload alone.
    """

    def get_queryset(self) -> models.QuerySet[ContactGroup]:
        return super().get_queryset().filter(deleted_at=None, waits_for_upload=False)


class ContactGroup(models.Model):
    """A list of people whose contacts share the same custom fields."""

    name = NameField(max_length=LONGEST_GROUP_NAME)
    waits_for_upload = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Made by an upload that nobody has imported yet."
    )
    key = models.CharField(
        max_length=LONGEST_KEY,
        blank=True,
        db_default="",
        default="",
        editable=False,
        help_text="The field that tells rows of one number apart; empty: a number has one row.",
    )
    keyed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When the key was given or taken.")
    size = models.PositiveIntegerField(default=0, editable=False, help_text="Contacts in it; kept by a trigger.")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, help_text="When contacts of it were last written.")
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="It is emptied, then it goes.")

    objects = PresentGroups()
    everything: models.Manager[ContactGroup] = models.Manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(waits_for_upload=False), name="contact_group_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_keyed(self) -> bool:
        return bool(self.key)

    @property
    def list_name(self) -> str:
        """Groups of the same name are one list to a campaign: those with the same key, else each by itself."""
        return self.key or f"\0{self.pk}"

    def reference_in(self, values: Mapping[str, str]) -> str:
        """The reference of a row with these canonical values; "" where the group has no key, or the row no value."""
        return reference_of(values.get(self.key, "")) if self.key else ""

    def clean(self) -> None:
        """A name is looked at here: a form's own look leaves out constraints on what it does not show."""
        if ContactGroup.objects.filter(name=self.name).exclude(pk=self.pk).exists():
            raise ValidationError({"name": "There is a group of this name already."})


class ContactField(models.Model):
    """A custom field of a group: its name is the placeholder, its label what people see.

    Values stand under its key, which never changes: another name rewrites no contact, and whatever named the field
    before still means it. Names, earlier ones too, are unique in a group (`contacts/people/field_names.py`).
    """

    class Type(models.TextChoices):
        TEXT = "text", "Text"
        INTEGER = "integer", "Whole number"
        DECIMAL = "decimal", "Number"
        MONEY = "money", "Money"
        DATE = "date", "Date"
        DATETIME = "datetime", "Date and time"
        BOOLEAN = "boolean", "Yes/no"
        CHOICE = "choice", "Choice"

    # What has a day: reminders, `days from run` and month first are about these.
    WITH_DAY = (Type.DATE, Type.DATETIME)

    group = models.ForeignKey(ContactGroup, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(max_length=LONGEST_KEY)
    label = NameField(max_length=LONGEST_LABEL)
    type = models.CharField(max_length=10, choices=Type, default=Type.TEXT)
    options = models.JSONField(default=list, blank=True, help_text="The values of a choice.")
    position = models.PositiveSmallIntegerField(default=0)
    chosen_name = models.CharField(
        max_length=LONGEST_KEY, blank=True, db_default="", default="", help_text="Empty: it is called by its key."
    )
    former_names = ArrayField(
        models.CharField(max_length=LONGEST_KEY), null=True, blank=True, help_text="They mean it for ever."
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "key"], name="contact_field_key"),
            models.UniqueConstraint(
                fields=["group", "chosen_name"], condition=~models.Q(chosen_name=""), name="contact_field_name"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        """What texts, files and scripts call it now."""
        return self.chosen_name or self.key

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called by, what it is called now first."""
        return tuple(dict.fromkeys((self.name, self.key, *(self.former_names or ()))))

    @property
    def is_key(self) -> bool:
        """It tells the rows of one number apart in its group."""
        return self.key == self.group.key

    def parser(self, *, heading: str = "", workbook: bool = False, month_first: bool = False) -> Parser:
        """What reads a cell of it: its label, and the `heading` of a file, say what NIL or a short year means."""
        words = heading_words(heading) + heading_words(self.label)
        around = Around(amounts_under(words), years_under(words), timezone.localdate(), timezone.get_default_timezone())
        options = tuple(self.options)
        return value_parser(self.type, workbook=workbook, options=options, month_first=month_first, around=around)


# By its last four digits a number is one of a hundred in a million.
LAST_DIGITS = 4
END_OF_NUMBER = Right("phone", LAST_DIGITS)
# By these two the rows of a group with a key are read in the order of their numbers: a query says both.
PHONE_IN_ORDER = Collate("phone", "C")
HAS_REFERENCE = models.Q(reference__gt="")


class ContactQuerySet(models.QuerySet["Contact"]):
    def in_groups(self, groups: object) -> ContactQuerySet:
        return self.filter(group__in=groups)

    def with_phone(self, phone: str) -> ContactQuerySet:
        return self.filter(phone=phone)


def keys_not_updated() -> ArrayField:
    """A column of field keys, without any of which it is empty and no list of none."""
    return ArrayField(
        models.CharField(max_length=LONGEST_KEY),
        null=True,
        blank=True,
        help_text="Fields of which the last file said what could not be read: their values are from before.",
    )


class Contact(models.Model):
    """One row of a group: a person, or a child or a loan of whoever has the number.

    Custom values are canonical text by field key; a value that is missing has no key.
    """

    # Triggers keep group and contacts together, a statement at a time: the constraint would ask for each row by itself.
    group = models.ForeignKey(
        ContactGroup, on_delete=models.CASCADE, related_name="contacts", db_index=False, db_constraint=False
    )
    phone = models.CharField(max_length=15, help_text="Digits with the country code: 254712345678.")
    reference = models.CharField(
        max_length=LONGEST_REFERENCE,
        db_default="",
        default="",
        blank=True,
        help_text="What tells it apart from other rows of its number, as `reference_of` makes it of the key field.",
    )
    name = NameField(max_length=LONGEST_NAME, blank=True)
    values = models.JSONField(default=dict, blank=True)
    not_updated = keys_not_updated()
    upload = models.ForeignKey(
        "contacts.Upload", null=True, blank=True, on_delete=models.SET_NULL, db_constraint=False, db_index=False
    )
    consent_source = models.CharField(max_length=100, blank=True)
    consent_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # As an undo of an upload knows it again: it is set back with the values.
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())
    written_at = models.DateTimeField(db_default=Now(), help_text="When it was last written, in whatever way.")
    written_by = models.CharField(
        max_length=LONGEST_SHORT_NAME,
        db_default="",
        blank=True,
        help_text="By whom: `user:3`, `key:5`; empty: the portal itself.",
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        # Also serves a number, or its beginning, across all groups.
        constraints = [
            models.UniqueConstraint(
                fields=["phone", "reference", "group"],
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops", "int8_ops"],
                name="contact_phone_reference_group",
            )
        ]
        indexes = [
            models.Index(fields=["group", "id"], name="contact_page"),
            models.Index(OpClass(END_OF_NUMBER, name="text_pattern_ops"), name="contact_last_digits"),
            GinIndex(WORDS_OF_NAME, name="contact_plain_words"),
            models.Index(fields=["group"], name="contact_not_updated", condition=models.Q(not_updated__isnull=False)),
            models.Index("group", PHONE_IN_ORDER, "id", name="contact_by_number", condition=HAS_REFERENCE),
            models.Index(fields=["group", "reference"], name="contact_by_reference", condition=HAS_REFERENCE),
        ]

    def __str__(self) -> str:
        return self.name or self.phone
