"""Second factors in tests: an app on a phone, and its codes."""

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth


def make_app(user, secret=None):
    """The secret of an app that `user` has on a phone, and their recovery codes."""
    secret = secret or auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).get_unused_codes()


def code_of(secret, periods=0):
    """What the app shows now, or so many half minutes later."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + periods))
