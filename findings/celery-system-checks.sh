#!/usr/bin/env bash
# A Celery worker runs Django's system checks when it starts, and starts all the same where they find errors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check celery==5.7.0 Django==5.2.19
cd "$folder"
cat > settings.py <<'PYTHON'
from django.core import checks

INSTALLED_APPS = []
SECRET_KEY = "of a finding"
RAN = "ran.txt"


@checks.register()
def always(app_configs, **kwargs):
    with open(RAN, "a") as file:
        file.write("checked\n")
    return [checks.Error("Nothing of this can work.", id="finding.E001")]
PYTHON
cat > worker.py <<'PYTHON'
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from celery import Celery

app = Celery("finding", broker="memory://")
PYTHON
cat > ask.py <<'PYTHON'
import os
import pathlib
import subprocess
import sys
import time
from importlib.metadata import version

print("celery", version("celery"), "Django", version("Django"))
command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "-P", "solo", "--without-mingle", "-l", "INFO"]
with open("log.txt", "w") as log:
    worker = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    until = time.monotonic() + 60
    while time.monotonic() < until and worker.poll() is None and " ready." not in pathlib.Path("log.txt").read_text():
        time.sleep(0.2)
    is_ready = worker.poll() is None and " ready." in pathlib.Path("log.txt").read_text()
    worker.terminate()
    worker.wait(30)
checked = pathlib.Path("ran.txt").exists()
print("The checks ran:", checked)
print("The worker was ready for work:", is_ready)
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
ends = subprocess.run([sys.executable, "-m", "django", "check"], capture_output=True, text=True).returncode
print("`django-admin check` ends with", ends)
if not (checked and is_ready and ends == 1):
    sys.exit("It behaves otherwise now.\n" + pathlib.Path("log.txt").read_text())
print("As described.")
PYTHON
"$folder/venv/bin/python" ask.py
