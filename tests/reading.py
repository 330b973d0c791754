"""Pages as a browser reads them."""

import re
from html import unescape


def read(response) -> str:
    """The page's HTML with one blank for each run of white space: where a line of a template ends means nothing."""
    return re.sub(r"[ \t\n]+", " ", response.content.decode())


def words(response) -> str:
    """What stands on the page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", read(response))).split())
