"""What axe-core, of npm, finds wrong with a page for people who cannot see it or use a mouse."""

from pathlib import Path

from tests.npm import modules


def violations(page):
    """What axe-core says of an open page: each rule that is broken, with where."""
    source = modules(Path(__file__).parent, "axe-core") / "node_modules" / "axe-core" / "axe.min.js"
    # A click has waited until the next page began to arrive.
    page.wait_for_load_state()
    page.evaluate(source.read_text())
    found = page.evaluate("() => axe.run()")["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
