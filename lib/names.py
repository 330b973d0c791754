"""Names that people give, one type for each place where they come in: what is kept is one line (`lib.words`).

A name goes into subjects of mail, into headings and files: none may break their lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from django import forms
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from lib.words import clean

# Only type checkers know of what it is.
if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


class NameInput(forms.CharField):
    """As it is typed on a page."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


class NameField(_CharField):
    """As it is kept, whoever writes it. One that is looked for is taken as it is: older rows may have more lines."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(_cleaned(value), model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        name = _cleaned(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, name)
        return name

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        return super().get_db_prep_save(_cleaned(value), connection)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": NameInput} | kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """To the database it is any text: no migration."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


class _CleanedFirst:
    """Before its length is looked at.

    https://docs.pydantic.dev/latest/concepts/types/#customizing-validation-with-__get_pydantic_core_schema__
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> dict[str, Any]:
        function = {"type": "no-info", "function": _cleaned}
        return {"type": "function-before", "function": function, "schema": handler(source)}


# As a script sends it.
SentName = Annotated[str, _CleanedFirst()]
