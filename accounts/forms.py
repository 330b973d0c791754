"""What people change of themselves."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.roles import Role
from lib import phones

# For type checkers a mixin has the class that it is mixed into.
if TYPE_CHECKING:
    _Form = forms.BaseForm
else:
    _Form = object


class Styled(_Form):
    """Tabler's classes on every widget."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style(self)

    def choice_field(self, name: str) -> forms.ChoiceField:
        """A field of choices, whose choices are known only now."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def model_field(self, name: str) -> forms.ModelChoiceField:
        """A field of rows, of which only some are offered."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field


def style(form: forms.BaseForm) -> None:
    for field in form.fields.values():
        widget = field.widget
        kind = getattr(widget, "input_type", "")
        if kind == "checkbox" or isinstance(widget, forms.CheckboxSelectMultiple) or kind == "radio":
            widget.attrs.setdefault("class", "form-check-input")
        elif isinstance(widget, forms.Select):
            widget.attrs.setdefault("class", "form-select")
        else:
            widget.attrs.setdefault("class", "form-control")


class OwnPasswordForm(Styled, PasswordChangeForm):
    pass


class ProfileForm(Styled, forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email"]


class OwnPhoneForm(Styled, forms.Form):
    phone = forms.CharField(
        label="Your own phone",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "placeholder": "0712 345 678"}),
    )

    def clean_phone(self) -> str:
        try:
            return phones.read_phone(self.cleaned_data["phone"]).digits
        except phones.BadNumber as error:
            raise forms.ValidationError(f"{str(error).capitalize()}.") from error


class PhoneCodeForm(Styled, forms.Form):
    code = forms.CharField(
        label="The code",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def clean_code(self) -> str:
        """As it was texted, however it is spaced."""
        return re.sub(r"[\s-]", "", self.cleaned_data["code"])


class KeyForm(Styled, forms.ModelForm):
    """What may be changed of a key that is there: its name, its last day and its rate."""

    last_day = forms.DateField(
        label="Last day on which it works",
        required=False,
        validators=[MaxValueValidator(ApiKey.LATEST_DAY)],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: until it is revoked.",
    )

    class Meta:
        model = ApiKey
        fields = ["name", "calls_a_minute"]
        labels = {"calls_a_minute": "Calls a minute"}
        help_texts = {
            "name": "What uses it, so that you know which one to revoke.",
            "calls_a_minute": "At most; more are refused until the minute is over. Empty: no limit.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = self.instance.last_day
        rate = self.fields["calls_a_minute"]
        rate.validators.append(MinValueValidator(1))
        rate.widget.attrs["min"] = "1"

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and "last_day" in self.changed_data and day < timezone.localdate():
            raise forms.ValidationError("That day is over. To end a key now, revoke it.")
        return day

    @property
    def ends_at(self) -> datetime | None:
        day = self.cleaned_data["last_day"]
        return None if day is None else ApiKey.end_of(day)


class ApiKeyForm(KeyForm):
    # Written out, for the model's own has a default, which is the command's: here somebody has to choose.
    role = forms.ChoiceField(choices=[("", "Choose what it may do"), *Role.choices])
    field_order = ["name", "role", "owner"]

    class Meta(KeyForm.Meta):
        fields = ["name", "role", "owner", "calls_a_minute"]
        labels = KeyForm.Meta.labels | {"owner": "Acts for"}
        help_texts = KeyForm.Meta.help_texts | {
            "owner": "It can never do more than this person may, and ends with them."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.model_field("owner")
        owner.queryset = User.objects.filter(is_active=True).order_by("username")
        owner.empty_label = "nobody: it may not approve"
