"""Programs of the samples that the page “How scripts call the portal” shows, each in its language."""

import sys

from qsms_portal.scripting import samples, vendor
from qsms_portal.scripting.views import all_calls
from tests.clients.interpreters import CLIENTS, ran

ENDINGS = {"curl": "sh", "python": "py", "node": "mjs", "php": "php", "ruby": "rb", "go": "go"}
COMMANDS = {"curl": "bash", "python": sys.executable}
FILES = {"python": "qsms.py", "node": "qsms.mjs", "php": "Qsms.php", "ruby": "qsms.rb"}


def program(language, address, calls=None, ids=None):
    """Code that makes these calls, all where none are named, in this order. `ids`: what stands for the example's id."""
    codes = []
    for call in calls or all_calls():
        code = samples.sample(call, language, address)
        codes.append(code.replace("12", str((ids or {}).get(call.path, 12))) if "{pk}" in call.path else code)
    beginning = samples.beginning(language, address)
    if language != "go":
        return "\n".join((beginning, *codes)) + "\n"
    imports, _, made = beginning.partition("\n\nctx")
    blocks = "\n".join(f"{{\n{code}\n}}" for code in codes)
    return f"package main\n\n{imports}\n\nfunc main() {{\nctx{made}\n{blocks}\n}}\n"


def with_account(code, key, sender="PRACTICE"):
    return code.replace(vendor.KEY, key).replace(vendor.SENDER, sender)


def placed(language, code, folder):
    """The program as a file in `folder`, with the client beside it; returns its path."""
    folder.mkdir(exist_ok=True)
    path = folder / f"program.{ENDINGS[language]}"
    path.write_text(code)
    if language in FILES:
        (folder / FILES[language]).write_text((CLIENTS / language / FILES[language]).read_text())
    if language == "go":
        module = f"module program\n\ngo 1.19\n\nrequire qsms v0.0.0\n\nreplace qsms => {CLIENTS / 'go'}\n"
        (folder / "go.mod").write_text(module)
    return path


def run(language, code, folder, workshop):
    """What the program printed. Fails where it ended badly."""
    path = placed(language, code, folder)
    command = ["go", "run", "."] if language == "go" else [COMMANDS.get(language, language), str(path)]
    return ran(command, language, workshop, cwd=folder)
