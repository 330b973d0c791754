#!/usr/bin/env bash
# allauth finds nobody by an address of mail that the person's row has with a capital letter, however it is typed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.19 django-allauth==65.22.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "allauth", "allauth.account"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="not a secret",
    USE_TZ=True,
)
django.setup()

from allauth.account.forms import ResetPasswordForm
from django.contrib.auth.models import User
from django.core.management import call_command

print("django-allauth", version("django-allauth"), "django", django.__version__)
call_command("migrate", verbosity=0)
User.objects.create_user("olive", "olive@example.org")
User.objects.create_user("grace", "Grace.Njeri@example.org")


def found(address):
    """Whose password the form would reset."""
    form = ResetPasswordForm({"email": address})
    return [one.username for one in form.users] if form.is_valid() else "refused"


EXPECTED = {
    "olive@example.org": ["olive"],
    "Olive@Example.org": ["olive"],
    "grace.njeri@example.org": [],
    "Grace.Njeri@example.org": [],
}
seen = {address: found(address) for address in EXPECTED}
for address, who in seen.items():
    print(f"{address}: {who}")
if seen != EXPECTED:
    sys.exit(f"It behaves otherwise now. Expected was {EXPECTED}.")
print("As described.")
PYTHON
