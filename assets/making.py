"""What every page loads, made into one file of styles and one of scripts: of Tabler only what the pages use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import lightningcss

HERE = Path(__file__).parent
ROOT = HERE.parent
APPS = ("accounts", "campaigns", "contacts", "qsms_portal")
NAME = r"(?:\\.|[\w-])+"


def made() -> dict[Path, str]:
    """The files that are made, each with what is to stand in it."""
    htmx = files("django_htmx") / "static/django_htmx/htmx-4.min.js"
    scripts = f"{htmx.read_text().rstrip()};\n{(HERE / 'typed.js').read_text()}"
    return {ROOT / "static/pages.css": styles("\n".join(_naming(ROOT))), ROOT / "static/pages.js": scripts}


def styles(naming: str) -> str:
    """Tabler's rules whose classes stand in `naming`, and all of ours. `alert-{{ tone }}` begins a name.

    A rule goes with its class; then a variable and an animation that nothing uses any more, until all are of use. Rules
    that ask for elements, attributes, colour modes and media stay as they are.
    """
    css = _bundled(set())
    frames = set(re.findall(rf"@keyframes ({NAME})", css))
    ours = "".join((HERE / name).read_text() for name in ("portal.css", "print.css"))
    words, beginnings = set(re.findall(r"[\w-]+", naming + ours)), tuple(re.findall(r"([A-Za-z][\w-]*-)\{", naming))
    names = {name.replace("\\", "") for name in re.findall(rf"[.#]([A-Za-z]{NAME})", css)} - frames
    unused = {name for name in names - words if not name.startswith(beginnings)}
    while unused:
        gone, css = unused, _bundled(unused)
        animated = re.findall(NAME, " ".join(re.findall(r"animation(?:-name)?:([^;}]*)", css)))
        variables = set(re.findall(r"(--[\w-]+):", css)) - set(re.findall(r"var\((--[\w-]+)", css))
        unused = gone | variables | (set(re.findall(rf"@keyframes ({NAME})", css)) - set(animated))
        if unused == gone:
            break
    tabler = next(HERE.glob("tabler-*.css")).read_text()
    licence = re.search(r"/\*!.*?\*/", tabler, re.DOTALL)
    assert licence is not None
    return f"{licence.group()}\n{_with_all_digits(css, tabler)}\n"


def _with_all_digits(css: str, source: str) -> str:
    """Six digits are left of a number, which sets lines of text a pixel higher or lower: it has its others again."""
    numbers = set(re.findall(r"\d*\.\d{5,}", source))
    whole = {f"{float(number):.6g}".removeprefix("0"): number.removeprefix("0") for number in sorted(numbers, key=len)}
    return re.sub(r"(?<![\w.])\d*\.\d+", lambda found: whole.get(found.group(), found.group()), css)


def _bundled(unused: set[str]) -> str:
    return str(lightningcss.bundle_css(str(HERE / "styles.css"), unused_symbols=unused))


def _naming(root: Path) -> Iterator[str]:
    """Wherever an element is given its classes: in templates, in scripts and on widgets."""
    for template in sorted((root / "templates").rglob("*.html")):
        yield from re.findall(r'class="([^"]*)"', template.read_text())
    scripts = [*sorted((root / "static/js").glob("*.js")), HERE / "typed.js"]
    modules = [module for app in APPS for module in sorted((root / app).rglob("*.py"))]
    for file in (*scripts, *modules):
        yield from (line for line in file.read_text().splitlines() if re.search(r"""\bclass(?:Name|List|["'])""", line))
