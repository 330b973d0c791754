"""What is typed to sign in: name and password, then a code or a passkey where the person has set one up."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm, UsernameField
from django.core.exceptions import ValidationError

from accounts.forms import Styled
from accounts.known_by import with_email
from accounts.models import User
from accounts.sign_in.failures import count_failure, refuse_where_shut_out

NOT_KNOWN = "This passkey is not known here. Sign in with your password."


class SignInForm(Styled, AuthenticationForm):
    username = UsernameField(label="Username or e-mail", widget=forms.TextInput(attrs={"autofocus": True}))

    def clean_username(self) -> str:
        """A name that nobody can have is a wrong one, and nothing that is looked up or counted."""
        name: str = self.cleaned_data["username"]
        longest = User._meta.get_field("username").max_length
        if longest is not None and len(name) > longest:
            raise self.get_invalid_login_error()
        return name_meant(name)


def name_meant(typed: str) -> str:
    """The user name of whoever alone has this e-mail address; else what was typed. A name goes before an address."""
    if "@" not in typed or User.objects.filter(username=typed).exists():
        return typed
    people = with_email(typed).filter(is_active=True).values_list("username", flat=True)[:2]
    return people[0] if len(people) == 1 else typed


class AddressForm(Styled, forms.Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class NewPasswordForm(Styled, SetPasswordForm):
    pass


class CodeForm(Styled, AuthenticateForm):
    """A code of the app on the phone, or one of the recovery codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label, code.widget.attrs["autofocus"] = "Code", True
        code.widget.attrs.pop("placeholder", None)

    def clean_code(self) -> str:
        refuse_where_shut_out(context.request, self.user)
        code: str = super().clean_code()
        return code

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:  # noqa: ARG002 - its name
        count_failure(context.request, self.user)


class AnswerField(forms.JSONField):
    """What a passkey answered. Django's field ends with an error at what is nested too deep, or a number too long."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise ValidationError(NOT_KNOWN) from error

    def bound_data(self, *_posted: Any) -> None:
        """It is never shown again."""


class Unreadable(forms.Form):
    """For the forms with a passkey's answer: the library takes well-formed ones only, and ends with other errors."""

    credential = AnswerField()

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the form that it is mixed into
        except ValidationError:
            raise
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError) as error:
            raise ValidationError(NOT_KNOWN) from error


class PasskeyAsSecondForm(Unreadable, AuthenticateWebAuthnForm):
    pass


class PasskeyForm(Unreadable, LoginWebAuthnForm):
    pass
