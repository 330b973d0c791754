"""One's second factors: what there is, setting up and taking away."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.internal.flows import activate_totp, deactivate_totp
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import add_authenticator, remove_authenticator
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.audit import record
from accounts.own_sign_in.forms import AppForm, PasskeyForm
from accounts.permissions import freshly_signed_in
from accounts.requests import Request
from accounts.second_factors import KINDS
from accounts.sign_in.passkeys import are_possible

Kind = Authenticator.Type


def second_factors(request: Request) -> HttpResponse:
    own = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    codes = next((one for one in own if one.type == Kind.RECOVERY_CODES), None)
    context = {
        "app": next((one for one in own if one.type == Kind.TOTP), None),
        "passkeys": [one for one in own if one.type == Kind.WEBAUTHN],
        "has_codes": codes is not None,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "passkeys_possible": are_possible(request),
    }
    return render(request, "accounts/second_factors.html", context)


@freshly_signed_in
def app_add(request: Request) -> HttpResponse:
    """Show the secret as a picture, and take it as theirs once the app tells a code of it."""
    if Authenticator.objects.filter(user=request.user, type=Kind.TOTP).exists():
        return redirect("mfa_index")
    form = AppForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            with transaction.atomic():
                activate_totp(request, form)
                record("second factor added", f"person {request.user.pk}", user=request.user, kind="app")
        except IntegrityError:
            return redirect("mfa_index")
        messages.success(request, "The app is your second factor. Keep these codes for when the phone is lost.")
        return redirect("recovery-codes")
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, form.secret))
    context = {
        "form": form,
        "secret": form.secret,
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}",
    }
    return render(request, "accounts/app_add.html", context)


@freshly_signed_in
def passkey_add(request: Request) -> HttpResponse:
    if not are_possible(request):
        return redirect("mfa_index")
    form = PasskeyForm(request.POST or None, user=request.user)
    if form.is_valid():
        with transaction.atomic():
            _, codes = add_authenticator(request, form.cleaned_data["name"], form.cleaned_data["credential"])
            record("second factor added", f"person {request.user.pk}", user=request.user, kind="passkey")
        messages.success(request, "The passkey is added. You can sign in with it.")
        return redirect("recovery-codes" if codes else "mfa_index")
    options = {"creation_options": webauthn.begin_registration(request.user, passwordless=True)}
    return render(request, "accounts/passkey_add.html", {"form": form, "options": options})


@require_POST
@freshly_signed_in
def factor_remove(request: Request, pk: int) -> HttpResponse:
    own = Authenticator.objects.filter(user=request.user).exclude(type=Kind.RECOVERY_CODES)
    factor = get_object_or_404(own, pk=pk)
    is_app = factor.type == Kind.TOTP
    with transaction.atomic():
        (deactivate_totp if is_app else remove_authenticator)(request, factor)
        record(
            "second factor taken away", f"person {request.user.pk}", user=request.user, kind=KINDS[Kind(factor.type)]
        )
    messages.success(request, "The app is taken away." if is_app else "The passkey is taken away.")
    return redirect("mfa_index")


@freshly_signed_in
def recovery_codes(request: Request) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": _unused(request)})


@freshly_signed_in
def recovery_codes_file(request: Request) -> HttpResponse:
    answer = HttpResponse("".join(f"{code}\n" for code in _unused(request)), content_type="text/plain")
    answer["Content-Disposition"] = 'attachment; filename="qsms-portal-recovery-codes.txt"'
    return answer


@require_POST
@freshly_signed_in
def recovery_codes_renew(request: Request) -> HttpResponse:
    if not Authenticator.objects.filter(user=request.user).exclude(type=Kind.RECOVERY_CODES).exists():
        raise Http404
    with transaction.atomic():
        generate_recovery_codes(request)
        record("recovery codes made anew", f"person {request.user.pk}", user=request.user)
    messages.success(request, "These are your new codes. The old ones hold no longer.")
    return redirect("recovery-codes")


def _unused(request: Request) -> list[str]:
    codes, _ = view_recovery_codes(request)
    if codes is None:
        raise Http404
    unused: list[str] = codes.get_unused_codes()
    return unused
