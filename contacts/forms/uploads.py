"""What is typed to upload a file, to read it in another way, and to say how it is imported."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from contacts.models import ContactGroup, Upload
from contacts.models.group import LONGEST_GROUP_NAME
from contacts.spreadsheets import GUESSED, Reading
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
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.xlsm,.ods,.vcf"}),
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


class HowForm(Styled, forms.ModelForm):
    """How the rows are taken."""

    class Meta:
        model = Upload
        fields = [
            "mode",
            "repeats",
            "numbers",
            "keep_empty",
            "reject_bad_cells",
            "keep_stale",
            "consent_source",
            "consent_on",
        ]
        labels = {
            "mode": "What is this file?",
            "repeats": "A number in more than one row",
            "numbers": "Several numbers in one cell",
            "keep_empty": "An empty cell keeps the value that is there",
            "reject_bad_cells": "Leave out new people who have a cell that cannot be read",
            "keep_stale": "Who is here already keeps the old amount or date where the new one cannot be read",
            "consent_source": "Where did these people say yes to texts?",
            "consent_on": "When?",
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
        if not counts.get("conflicts"):
            del self.fields["repeats"]
        if not counts.get("several") and self.instance.numbers == Upload.Numbers.REJECT:
            del self.fields["numbers"]
        if not counts.get("bad_cells") and not counts.get("bad_rows"):
            del self.fields["reject_bad_cells"], self.fields["keep_stale"]

    @property
    def changes_what_happens(self) -> bool:
        """Whether something was chosen that the last check did not count with."""
        return bool(set(self.changed_data) - {"consent_source", "consent_on"})
