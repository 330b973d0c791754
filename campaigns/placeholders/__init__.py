"""The language of a text: `Dear <name>, your balance of KES <balance> is due on <due_date>.`

Pure: text and values in, text or a named error with its position out. docs/texts.md has the grammar.
"""

from campaigns.placeholders.gaps import marked
from campaigns.placeholders.grammar import LONGEST_TEXT, PlaceholderError, key_of, normalised
from campaigns.placeholders.joining import usual_joining
from campaigns.placeholders.known import FieldTypes, keys_by_name, written_by_name
from campaigns.placeholders.lint import Problem, lint
from campaigns.placeholders.pieces import Missing, Several, Zero
from campaigns.placeholders.rows import RenderRows, joiner
from campaigns.placeholders.segments import SegmentKind, TextSegment, segments
from campaigns.placeholders.template import BUILT_IN, Render, Template, compile

__all__ = [
    "BUILT_IN",
    "LONGEST_TEXT",
    "FieldTypes",
    "Missing",
    "PlaceholderError",
    "Problem",
    "Render",
    "RenderRows",
    "SegmentKind",
    "Several",
    "Template",
    "TextSegment",
    "Zero",
    "compile",
    "joiner",
    "key_of",
    "keys_by_name",
    "lint",
    "marked",
    "normalised",
    "segments",
    "usual_joining",
    "written_by_name",
]
