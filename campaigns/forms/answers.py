"""An answer to who wrote, answers kept ready, and words that are answered without a person."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import Styled
from campaigns import gsm, placeholders
from campaigns.forms.builder import text_area
from campaigns.forms.single import SingleForm
from campaigns.models import AnswerStarter, AnswerWord, Sender
from campaigns.models.conversation import LONGEST_WORD
from campaigns.writing.templates import fields_by_group, fields_of_all_groups
from contacts.opt_outs.stop_words import ReplyMeaning, meaning_of_reply, word_of_reply


class AnswerForm(SingleForm):
    """One text to the number of a conversation, from the sender ID that was written to where it is one of ours."""

    def __init__(self, *args: Any, sender: Sender | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["to"]
        self.fields["sender"].initial = sender
        self.fields["text"].label = "Your answer"
        self.fields["text"].widget.attrs["rows"] = 3


class AnswerWordForm(Styled, forms.ModelForm):
    """A word, what is answered to it, and whether it is."""

    class Meta:
        model = AnswerWord
        fields = ["word", "text", "is_on"]
        labels = {"text": "What is answered", "is_on": "Answer it without a person"}
        widgets = {"text": text_area()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["word"].help_text = "For example INFO or BALANCE. Large and small letters are the same."
        self.fields["text"].widget.attrs |= {"rows": 4, "data-counts": "counted"}
        self.fields["text"].help_text = (
            "May have fields, such as <balance>: only a number that has exactly one row in all groups, with a value "
            "there, is answered then."
        )

    def clean_word(self) -> str:
        written = self.cleaned_data["word"]
        word = word_of_reply(written)
        if not word:
            raise forms.ValidationError("Write a word of letters or digits.")
        if len(word) > LONGEST_WORD:
            raise forms.ValidationError(f"The word has more than {LONGEST_WORD} characters.")
        if meaning_of_reply(written) is not ReplyMeaning.OTHER:
            raise forms.ValidationError("This word is about stopping texts, or coming back. It has its own answer.")
        if AnswerWord.objects.filter(word=word).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"There is an answer to {word} already.")
        return word

    def clean_text(self) -> str:
        text = _whole(self.cleaned_data["text"])
        try:
            names = placeholders.compile(text).names
        except placeholders.PlaceholderError as error:
            raise forms.ValidationError(str(error)) from error
        known = {placeholders.key_of(key) for key in fields_of_all_groups(fields_by_group())}
        if unknown := [one for one in names if one not in known | set(placeholders.BUILT_IN)]:
            raise forms.ValidationError(f"No group has a field <{unknown[0]}>.")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        text = cleaned.get("text", "")
        words = {cleaned.get("word"), *AnswerWord.objects.exclude(pk=self.instance.pk).values_list("word", flat=True)}
        # Another portal with the same words would answer it, and this one that.
        if text and word_of_reply(text) in words:
            self.add_error("text", "This is a word that has an answer itself. Say it in a sentence.")
        return cleaned


class AnswerStarterForm(Styled, forms.ModelForm):
    """A name to choose it by, and the text."""

    class Meta:
        model = AnswerStarter
        fields = ["name", "text"]
        widgets = {"text": text_area()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs |= {"rows": 4, "data-counts": "counted"}

    def clean_text(self) -> str:
        text = _whole(self.cleaned_data["text"])
        for one in placeholders.segments(text):
            if one.kind is placeholders.SegmentKind.FIELD:
                field = text[one.start : one.end]
                raise forms.ValidationError(f"{field} would be sent as it stands. Leave a gap to be filled in by hand.")
        return text


def _whole(text: str) -> str:
    text = placeholders.normalised(text)
    if len(text) > gsm.LIMIT:
        raise forms.ValidationError(f"The text is longer than {gsm.LIMIT} characters.")
    return text
