"""What is typed to upload a file, to read it in another way, and to say how it is imported."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts import importing
from contacts.importing import mapping
from contacts.models import ContactGroup, Upload
from contacts.models.group import LONGEST_GROUP_NAME
from contacts.spreadsheets import GUESSED, Reading
from contacts.spreadsheets.columns import NAME, PHONE
from contacts.spreadsheets.headings import column_names
from lib.names import NameInput

ENCODING_NAMES = {
    "utf-8": "UTF-8 (most programs)",
    "utf-8-sig": "UTF-8 with a mark",
    "cp1252": "Windows (older Excel)",
    "utf-16": "UTF-16 with a mark",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16, big end first",
    "mac_roman": "Macintosh",
}
ROLES = [("ignore", "Leave out"), ("phone", "Phone number"), ("name", "Name (several are joined)")]


class FileForm(Styled, forms.Form):
    """A file, or cells pasted from a spreadsheet, into a group that is there or a new one."""

    group = forms.ModelChoiceField(ContactGroup.objects.all(), required=False, empty_label="A new group")
    new_group = NameInput(label="Name of the new group", max_length=LONGEST_GROUP_NAME, required=False)
    file = forms.FileField(
        label="Spreadsheet",
        required=False,
        help_text="Choose it or drop it here: CSV, text, Excel, OpenDocument or vCards, up to 1,000,000 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.xlsm,.xlsb,.ods,.vcf,.html,.htm,.xml"}),
    )
    pasted = forms.CharField(
        label="Or paste the cells here", required=False, widget=forms.Textarea(attrs={"rows": 4}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = cleaned["new_group"] = cleaned.get("new_group") or ""
        if not cleaned.get("group"):
            if not name:
                self.add_error("new_group", "Choose a group, or name a new one.")
            elif ContactGroup.objects.filter(name=name).exists():
                self.add_error("new_group", "There is a group of this name already. Choose it above.")
        if not cleaned.get("file") and not (cleaned.get("pasted") or "").strip() and "file" not in self.errors:
            self.add_error("file", "Choose a file, or paste the cells.")
        return cleaned


class ReadingForm(Styled, forms.Form):
    """How a file is to be read, where the guess is wrong. A text file has an encoding, a workbook sheets."""

    heading_row = forms.IntegerField(
        label="Row with the headings",
        required=False,
        min_value=1,
        max_value=100,
        help_text="Empty: there are none, the first row is a person already.",
    )
    encoding = forms.ChoiceField(label="Letters are written as", choices=list(ENCODING_NAMES.items()))
    delimiter = forms.ChoiceField(
        label="Between the columns is",
        choices=[(",", "a comma"), (";", "a semicolon"), ("\t", "a tab"), ("|", "a bar |")],
    )
    sheet = forms.ChoiceField(label="Sheet")
    all_sheets = forms.BooleanField(
        label="Read all sheets with the same headings",
        required=False,
        help_text="As one list, the chosen sheet first.",
    )
    hidden_rows = forms.BooleanField(label="Take the hidden rows too", required=False)
    hidden_columns = forms.BooleanField(label="Take the hidden columns too", required=False)

    def __init__(self, upload: Upload, posted: Any = None) -> None:
        self.reading = upload.reading
        super().__init__(posted, initial=self.reading)
        is_text = self.reading.get("kind") == "text"
        sheets = self.reading.get("sheets", [])
        self.choice_field("sheet").choices = [(name, name) for name in sheets]
        hidden = self.reading.get("hidden") or [0, []]
        wanted = {
            "encoding": is_text,
            "delimiter": is_text,
            "sheet": len(sheets) > 1,
            "all_sheets": len(sheets) > 1,
            "hidden_rows": bool(hidden[0]),
            "hidden_columns": bool(hidden[1]),
        }
        for name, is_wanted in wanted.items():
            if not is_wanted:
                del self.fields[name]

    @property
    def wanted(self) -> Reading:
        """What was chosen; where the sheet or the encoding is another, its headings are guessed anew."""
        names = ("kind", "encoding", "delimiter", "sheet", "heading_row", "hidden_rows", "hidden_columns", "all_sheets")
        chosen = {name: self.reading.get(name) for name in names} | self.cleaned_data
        if {"sheet", "encoding", "delimiter"} & set(self.changed_data):
            chosen["heading_row"] = GUESSED
        if "encoding" in self.changed_data and "delimiter" not in self.changed_data:
            chosen["delimiter"] = ""
        return Reading.from_json(chosen)


class SiblingsForm(forms.Form):
    """Whether rows of one number that differ are several people's, and by which column they are told apart.

    Of rows that none tells apart it is asked which one counts. Nothing is chosen beforehand where the names differ.
    """

    KEY = Upload.Repeats.KEY.value
    ROWS = (
        (Upload.Repeats.LAST, "keep the last row of each"),
        (Upload.Repeats.FIRST, "keep the first row of each"),
        (Upload.Repeats.NONE, "leave these people out"),
    )

    repeats = forms.CharField(required=False)
    key_column = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)

    def __init__(self, upload: Upload, posted: Any = None) -> None:
        super().__init__(posted)
        self.upload = upload
        choices = mapping.from_json(upload.mapping)
        names, reason = column_names([one.heading for one in choices]), mapping.reason_column(choices)
        free = [one for one in choices if one.role not in (PHONE, NAME) and one.index != reason]
        proposed = upload.counts.get("key_columns") or []
        self.proposed = str(proposed[0][0]) if proposed else ""
        self.offered = [("", "Choose a column"), *((str(one.index), names[one.index]) for one in free)]
        field = self.fields["key_column"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = self.offered

    @property
    def is_asked(self) -> bool:
        return bool(self.upload.counts.get("conflicts"))

    @property
    def is_keyed(self) -> bool:
        return bool(self.upload.keyed_by)

    @property
    def columns(self) -> list[tuple[str, str, bool]]:
        """Each with whether it is the one that is proposed."""
        return [(value, words, value == self.proposed) for value, words in self.offered]

    @property
    def ways(self) -> list[tuple[str, str, bool]]:
        """What becomes of rows that are not told apart, each with whether it is chosen."""
        return [(value, words, value == self.chosen) for value, words in self.ROWS]

    @property
    def chosen(self) -> str | None:
        if self.upload.repeats in dict(self.ROWS):
            return self.upload.repeats
        return None if self.upload.counts.get("names_differ") else Upload.Repeats.LAST

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.is_asked:
            cleaned["repeats"] = ""
        elif cleaned.get("repeats") not in ("", *dict(self.ROWS), *(() if self.is_keyed else (self.KEY,))):
            self.add_error("repeats", "Choose one of these.")
        elif cleaned["repeats"] == self.KEY and cleaned.get("key_column") is None:
            self.add_error("key_column", "Choose the column that tells these rows apart.")
        return cleaned

    @property
    def tells_apart(self) -> bool:
        return bool(self.cleaned_data["repeats"] == self.KEY)

    @property
    def is_open(self) -> bool:
        """The question was not answered."""
        return self.is_asked and not self.cleaned_data["repeats"]

    @property
    def changes_what_happens(self) -> bool:
        now = self.upload.repeats if self.upload.repeats in dict(self.ROWS) else Upload.Repeats.LAST.value
        return self.cleaned_data["repeats"] not in ("", now)

    def save(self) -> None:
        """Raises BadMapping where the group cannot be told apart by the column."""
        chosen = self.cleaned_data["repeats"]
        if self.tells_apart:
            importing.tell_apart(self.upload, self.cleaned_data["key_column"])
        elif chosen:
            Upload.objects.filter(pk=self.upload.pk, status=Upload.Status.CHECKED).update(repeats=chosen)


class HowForm(Styled, forms.ModelForm):
    """How the rows are taken."""

    class Meta:
        model = Upload
        fields = [
            "mode",
            "numbers",
            "keep_empty",
            "reject_bad_cells",
            "keep_stale",
            "consent_source",
            "consent_on",
        ]
        labels = {
            "mode": "What is this file?",
            "numbers": "Several numbers in one cell",
            "keep_empty": "An empty cell keeps the value that is there",
            "reject_bad_cells": "Leave out new people who have a cell that cannot be read",
            "keep_stale": "Who is here already keeps the old amount or date where the new one cannot be read",
            "consent_source": "Where did these people say yes to texts?",
            "consent_on": "On which day did they say yes?",
        }
        help_texts = {
            "keep_empty": "",
            "numbers": "",
            "reject_bad_cells": "Else they are taken without that value.",
            "keep_stale": "Else that row is rejected. Either way the old one is marked as not updated, and campaigns "
            "leave these people out, so that nobody is texted last month's amount.",
            "consent_source": "Kept on the contacts; may be left empty.",
        }
        widgets = {"consent_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = self.instance.counts
        if not counts.get("several") and self.instance.numbers == Upload.Numbers.REJECT:
            del self.fields["numbers"]
        if not counts.get("bad_cells") and not counts.get("bad_rows"):
            del self.fields["reject_bad_cells"], self.fields["keep_stale"]

    @property
    def changes_what_happens(self) -> bool:
        """Whether something was chosen that the last check did not count with."""
        return bool(set(self.changed_data) - {"consent_source", "consent_on"})
