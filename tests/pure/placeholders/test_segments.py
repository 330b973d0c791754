"""Where in a text its fields and its errors stand."""

import json
from pathlib import Path

import pytest

from campaigns import placeholders

VECTORS = json.loads((Path(__file__).parents[1] / "segments_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_a_text_is_cut_where_its_fields_and_errors_stand(vector):
    text = vector["text"]
    found = [[text[one.start : one.end], one.kind.value, one.key] for one in placeholders.segments(text)]
    assert found == vector["segments"]
