"""By what new, unread and searched replies are found. Replies come in meanwhile."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models

INDEXES = [
    models.Index(fields=["id"], name="reply_new", condition=models.Q(state="new")),
    models.Index(fields=["-id"], name="reply_not_read", condition=models.Q(state__in=["new", "unread"])),
    models.Index(fields=["id"], name="reply_to_mail", condition=models.Q(is_to_mail=True)),
    GinIndex(SearchVector("text", config="simple"), name="reply_words"),
]


class AddAgain(AddIndexConcurrently):
    """One that was interrupted left an index behind that is not valid: it is made anew."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.index.name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0047_conversations")]

    operations = [AddAgain(model_name="reply", index=index) for index in INDEXES]
