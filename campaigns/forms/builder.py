"""The builder's sections: who and what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.forms import Styled
from campaigns import placeholders
from campaigns.audience import AudienceChoice, chosen
from campaigns.models import Campaign, MessageTemplate, Sender
from contacts.forms.filters import FilterLines, all_fields
from contacts.models import ContactGroup, Segment, Upload, UploadedPeople

UPLOADS = 50
ONE_TEXT_FOR = [
    (Campaign.OneTextFor.ROW, "each row: each child, each loan"),
    (Campaign.OneTextFor.NUMBER, "each number: one text for all its rows"),
]


class _Boxes(forms.ModelMultipleChoiceField):
    """Groups or segments to tick; a group says how many people it has."""

    def label_from_instance(self, obj: Any) -> str:
        if not isinstance(obj, ContactGroup):
            return str(obj)
        what = ("row", "rows") if obj.is_keyed else ("person", "people")
        return f"{obj.name} · {obj.size:,} {what[obj.size != 1]}"


def _boxes(model: Any, label: str) -> forms.ModelMultipleChoiceField:
    return _Boxes(model.objects.all(), label=label, required=False, widget=forms.CheckboxSelectMultiple)


def _upload_in_words(upload: Upload) -> str:
    at = timezone.localtime(upload.finished_at or upload.created_at)
    return f"{upload.name} into {upload.group.name}, {at:%-d %b %Y, %H:%M}"


def text_area() -> forms.Textarea:
    """Where a text is written. No browser is to correct it: that is where curly quotes come from."""
    return forms.Textarea(
        attrs={"rows": 6, "maxlength": placeholders.LONGEST_TEXT, "dir": "auto", "autocorrect": "off"}
    )


def _stand_beside(form: forms.BaseForm, *names: str) -> None:
    """Under the text as it will be, which stands between them and the form that they belong to."""
    for name in names:
        form.fields[name].widget.attrs["form"] = "what"


class NameForm(Styled, forms.ModelForm):
    class Meta:
        model = Campaign
        fields = ["name", "kind"]
        labels = {"name": "Name of the campaign", "kind": "What is it?"}


class WhoForm(FilterLines):
    """Groups and segments, those left out, an upload, and conditions of its own."""

    groups = _boxes(ContactGroup, "Send to")
    segments = _boxes(Segment, "Segments")
    exclude_groups = _boxes(ContactGroup, "But not to those in")
    exclude_segments = _boxes(Segment, "But not to those in the segments")
    upload = forms.ModelChoiceField(
        Upload.objects.none(),
        label="Only the people in one upload",
        required=False,
        empty_label="Everybody, whatever upload they came with",
    )

    def __init__(self, campaign: Campaign, posted: Any = None) -> None:
        choice = chosen(campaign)
        initial: dict[str, Any] = {
            "groups": [group.pk for group in choice.groups],
            "segments": [segment.pk for segment in choice.segments],
            "exclude_groups": [group.pk for group in choice.exclude_groups],
            "exclude_segments": [segment.pk for segment in choice.exclude_segments],
            "upload": choice.upload,
        }
        stored = [one for one in campaign.filter if isinstance(one, dict)]
        super().__init__(all_fields(), stored, posted, initial)
        people = UploadedPeople.objects.filter(upload=OuterRef("pk"))
        done = Upload.objects.filter(Exists(people), status=Upload.Status.DONE, group__deleted_at=None)
        recent = done.order_by("-pk")[:UPLOADS]
        known = [*recent.values_list("pk", flat=True), *([choice.upload] if choice.upload else [])]
        uploads = self.model_field("upload")
        uploads.queryset = Upload.objects.filter(pk__in=known).select_related("group")
        uploads.label_from_instance = _upload_in_words  # type: ignore[method-assign, assignment]  # as Django documents it

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("groups") and not cleaned.get("segments"):
            self.add_error("groups", "Choose whom to send to.")
            return cleaned
        choice = self.choice()
        groups = choice.all_groups
        cleaned["filter"] = self.chosen(groups)
        upload: Upload | None = cleaned.get("upload")
        if upload is not None and upload.group_id not in {group.pk for group in groups}:
            self.add_error("upload", f"This upload went into “{upload.group.name}”. Choose that group above.")
        return cleaned

    def choice(self) -> AudienceChoice:
        """Whom the form means, saved or not."""
        cleaned, upload = self.cleaned_data, self.cleaned_data.get("upload")
        return AudienceChoice(
            groups=list(cleaned.get("groups") or []),
            segments=list(cleaned.get("segments") or []),
            exclude_groups=list(cleaned.get("exclude_groups") or []),
            exclude_segments=list(cleaned.get("exclude_segments") or []),
            filter=cleaned.get("filter", []),
            upload=upload.pk if upload else None,
        )


class WhatForm(Styled, forms.ModelForm):
    """The text, who it comes from, and what becomes of people without a value."""

    class Meta:
        model = Campaign
        fields = ["text", "sender", "kind", "language", "one_text_for", "missing_values", "old_values"]
        widgets = {"text": text_area()}
        labels = {
            "text": "Text",
            "sender": "Sender ID",
            "kind": "What is it?",
            "language": "Days and months in",
            "one_text_for": "One text for",
            "missing_values": "People who lack a value",
            "old_values": "People whose value was not updated",
        }
        help_texts = {
            "old_values": "The last file said something of it that could not be read: what is here is from before.",
            "one_text_for": "In one text for all rows <name:list> names them, <balance:sum> adds up, "
            "<due_date:earliest> is the first day.",
        }

    def __init__(self, *args: Any, has_keys: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_keys:
            self._ask_for_whom()
        else:
            del self.fields["one_text_for"]
        self.model_field("sender").queryset = Sender.objects.filter(archived_at=None)
        self.fields["language"].required = self.fields["old_values"].required = False
        _stand_beside(self, *(name for name in self.fields if name != "text"))

    def _ask_for_whom(self) -> None:
        """Where a group tells rows of one number apart. A retry goes on in the way of its run."""
        field = self.fields["one_text_for"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = ONE_TEXT_FOR
        field.required = False
        field.disabled = self.instance.of_run_id is not None

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.initial["language"]

    def clean_one_text_for(self) -> str:
        return self.cleaned_data["one_text_for"] or self.initial["one_text_for"]

    def clean_old_values(self) -> str:
        return self.cleaned_data["old_values"] or self.initial["old_values"]


class TemplateForm(Styled, forms.ModelForm):
    class Meta:
        model = MessageTemplate
        fields = ["name", "text", "language"]
        widgets = {"text": text_area()}
        labels = {"language": "Days and months in"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].required = False
        _stand_beside(self, "language")

    def clean_text(self) -> str:
        return valid_text(self.cleaned_data["text"])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.initial["language"]


def valid_text(text: str) -> str:
    """The text as it is stored; a form error where it is too long, or with the place where its grammar is wrong."""
    # Browsers count a new line once and send it as two characters.
    text = text.replace("\r\n", "\n")
    if len(text) > placeholders.LONGEST_TEXT:
        raise forms.ValidationError(
            f"A text has at most {placeholders.LONGEST_TEXT:,} characters; this one has {len(text):,}."
        )
    try:
        placeholders.compile(text)
    except placeholders.PlaceholderError as error:
        near = placeholders.normalised(text)[error.position : error.position + 20]
        raise forms.ValidationError(f"At “{near}”: {error.words}") from error
    return placeholders.normalised(text)
