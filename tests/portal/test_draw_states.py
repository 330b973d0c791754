"""The diagrams of states in docs/architecture.md are those that the command draws from the tables."""

from io import StringIO

from django.core.management import call_command

from campaigns.models import Batch
from qsms_portal.management.commands import draw_states


def test_the_document_has_the_states_that_the_tables_have():
    document = draw_states.DOCUMENT.read_text(encoding="utf-8")
    assert document.count(draw_states.BEGIN) == document.count(draw_states.END) == 1
    assert draw_states.with_states(document) == document, "Run: manage.py draw_states --write"


def test_the_command_prints_what_it_would_write():
    out = StringIO()
    call_command("draw_states", stdout=out)
    assert out.getvalue().strip() in draw_states.DOCUMENT.read_text(encoding="utf-8")


def test_what_follows_another_state_is_drawn_anew_and_nothing_else_is_changed(monkeypatch, tmp_path):
    document = tmp_path / "architecture.md"
    document.write_text(f"above\n\n{draw_states.BEGIN}\nold\n{draw_states.END}\n\nbelow\n", encoding="utf-8")
    monkeypatch.setattr(draw_states, "DOCUMENT", document)
    monkeypatch.setattr(Batch, "AFTER", {**Batch.AFTER, Batch.Status.SETTLED: (Batch.Status.READY,)})
    call_command("draw_states", write=True)
    written = document.read_text(encoding="utf-8")
    assert written.startswith("above\n\n") and written.endswith("\n\nbelow\n") and "old" not in written
    assert "    settled --> ready\n" in written
    assert "    cancelled --> [*]\n" in written and "    settled --> [*]\n" not in written
