"""What an administrator types of a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UserCreationForm

from accounts.forms import Styled
from accounts.known_by import with_email
from accounts.models import Invitation, User
from accounts.roles import Role

NO_ROLE = "none"
BY_MAIL, BY_LINK = "mail", "link"


class StaffForm(Styled, forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email"]

    def clean_email(self) -> str:
        """One account an address: who forgets a password is found by it."""
        email: str = self.cleaned_data["email"]
        if "email" in self.changed_data and (other := with_email(email).exclude(pk=self.instance.pk).first()):
            raise forms.ValidationError(f"{other.username} has this address already.")
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=[*Role.choices, (NO_ROLE, "No role")], widget=forms.RadioSelect)

    @property
    def chosen(self) -> Role | None:
        role: str = self.cleaned_data["role"]
        return None if role == NO_ROLE else Role(role)


class LimitForm(Styled, forms.ModelForm):
    class Meta:
        model = User
        fields = ["monthly_limit"]
        labels = {"monthly_limit": "KES a calendar month at most"}
        help_texts = {"monthly_limit": "Empty: no limit."}
        widgets = {"monthly_limit": forms.NumberInput(attrs={"min": "0"})}

    def clean_monthly_limit(self) -> Decimal | None:
        limit: Decimal | None = self.cleaned_data["monthly_limit"]
        if limit is not None and limit < 0:
            raise forms.ValidationError("An amount of 0 or more.")
        return limit


class InviteForm(Styled, forms.Form):
    email = forms.EmailField(label="E-mail", required=False)
    how = forms.ChoiceField(
        label="How they get the link",
        choices=[(BY_MAIL, "By mail"), (BY_LINK, "I hand it on myself")],
    )
    role = forms.ChoiceField(choices=Role.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.EMAIL_URL:
            self.choice_field("how").choices = [(BY_LINK, "I hand it on myself")]
            self.fields["how"].help_text = "No mail server is set (EMAIL_URL): the link is shown to you, once."

    @property
    def by_mail(self) -> bool:
        return self.cleaned_data["how"] == BY_MAIL

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("how") == BY_MAIL and not (self.cleaned_data.get("email") or self.errors):
            self.add_error("email", "Say where the mail goes.")
        return self.cleaned_data


class AcceptForm(Styled, UserCreationForm):
    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email"]
        labels = {"username": "User name", "email": "E-mail"}
        help_texts = {"username": "What you sign in with: letters, digits and @/./+/-/_."}

    def __init__(self, invitation: Invitation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        if invitation.email:
            del self.fields["email"]
            self.instance.email = invitation.email
