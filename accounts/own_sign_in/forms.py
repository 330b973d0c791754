"""Setting up an app on the phone, or a passkey."""

from __future__ import annotations

from typing import Any

from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError

from accounts.forms import Styled
from accounts.sign_in.forms import AnswerField


class AppForm(Styled, ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = "The code that the app shows"
        code.widget.attrs |= {"inputmode": "numeric"}
        code.widget.attrs.pop("placeholder", None)


class PasskeyForm(Styled, AddWebAuthnForm):
    name = forms.CharField(label="What it is called", max_length=60, initial="This device")
    credential = AnswerField()
    passwordless = None

    def clean(self) -> dict[str, Any] | None:
        try:
            return super().clean()
        except ValidationError:
            raise
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            raise ValidationError("The browser's answer cannot be used. Try again.") from error
