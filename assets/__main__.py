"""`python -m assets` makes what every page loads; with --check it only says whether that is up to date."""

from __future__ import annotations

import sys

from assets.making import made

stale = [path for path, content in made().items() if not path.exists() or path.read_text() != content]
if "--check" in sys.argv and stale:
    sys.exit(f"Not as they would be made: {', '.join(path.name for path in stale)} of static/. Run: make assets")
for path in stale:
    path.write_text(made()[path])
