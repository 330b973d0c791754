"""The language of a text: `Dear <name>, your balance of KES <balance> is due on <due_date>.`

Pure: text and values in, text or a named error with its position out. docs/texts.md has the grammar.
"""

from campaigns.placeholders.gaps import marked
from campaigns.placeholders.grammar import LONGEST_TEXT, PlaceholderError, key_of, normalised
from campaigns.placeholders.lint import Problem, lint
from campaigns.placeholders.segments import SegmentKind, TextSegment, segments
from campaigns.placeholders.template import BUILT_IN, Missing, Render, Template, Zero, compile

__all__ = [
    "BUILT_IN",
    "LONGEST_TEXT",
    "Missing",
    "PlaceholderError",
    "Problem",
    "Render",
    "SegmentKind",
    "Template",
    "TextSegment",
    "Zero",
    "compile",
    "key_of",
    "lint",
    "marked",
    "normalised",
    "segments",
]
