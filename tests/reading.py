"""Pages as a browser reads them."""

import re


def read(response) -> str:
    """The page's HTML with one blank for each run of white space: where a line of a template ends means nothing."""
    return re.sub(r"[ \t\n]+", " ", response.content.decode())
