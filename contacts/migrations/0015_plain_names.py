"""Names are found without their marks and apostrophes: Wanjirũ by wanjiru, O'Neil by oneil.

It takes some five seconds for a million contacts, in which uploads wait.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations
from django.db.models import Case, F, Func, TextField, Value, When

BOTH = Func(
    Func(F("name"), Value("'’‘ʼʻ`´′"), Value(""), function="translate"),
    Value(" "),
    F("name"),
    template="(%(expressions)s)",
    arg_joiner=" || ",
)
WORDS = SearchVector(
    Case(
        When(name__regex=r"^[A-Za-z0-9 .-]*$", then=F("name")),
        default=Func(
            Func(BOTH, function="normalize", template="%(function)s(%(expressions)s, NFKD)"),
            Value(r"[\u0300-\u036f]"),
            Value(""),
            Value("g"),
            function="regexp_replace",
        ),
        output_field=TextField(),
    ),
    config="simple",
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0014_numbers_as_they_come")]
    operations = [
        migrations.AddIndex("contact", GinIndex(WORDS, name="contact_plain_words")),
        migrations.RemoveIndex("contact", "contact_words_of_name"),
    ]
