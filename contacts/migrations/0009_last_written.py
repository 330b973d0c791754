from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Who is there already counts as written now, by the portal itself: no table is rewritten."""

    dependencies = [("contacts", "0008_files_as_they_come")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="written_at",
            field=models.DateTimeField(db_default=Now(), help_text="When it was last written, in whatever way."),
        ),
        migrations.AddField(
            model_name="contact",
            name="written_by",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="By whom: `user:3`, `key:5`; empty: the portal itself.",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="ordered_by",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Whose order is carried out, an import or an undo: `user:3`.",
                max_length=24,
            ),
            preserve_default=False,
        ),
    ]
