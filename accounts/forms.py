"""The sign-in form, and what people change of themselves."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from accounts.models import ApiKey, User
from lib import phones


class Styled:
    """Tabler's classes on every widget."""

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        style(self)  # type: ignore[arg-type]


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


class SignInForm(Styled, AuthenticationForm):
    pass


class OwnPasswordForm(Styled, PasswordChangeForm):
    pass


class ProfileForm(Styled, forms.ModelForm):
    phone = forms.CharField(label="Phone", required=False, help_text="Where your test texts go: 0712 345 678.")

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "phone"]

    def clean_phone(self) -> str:
        written = self.cleaned_data["phone"].strip()
        if not written:
            return ""
        try:
            return phones.read_phone(written).digits
        except phones.BadNumber as error:
            raise forms.ValidationError(str(error)) from error


class ApiKeyForm(Styled, forms.ModelForm):
    class Meta:
        model = ApiKey
        fields = ["name", "role"]
        help_texts = {"name": "What uses it, so that you know which one to revoke."}
