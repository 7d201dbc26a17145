"""The entries of the search: one for every record with a code or a name."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

LANGUAGE = "english"  # the language by whose rules endings of words are ignored


class SearchEntry(models.Model):
    """The code and name of a record for the search, kept by triggers (`database/search_table.py`).
    It names the record by its kind and id, and says nothing about who may see it."""

    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    code = models.TextField()
    name = models.TextField()
    words = models.TextField(help_text=_("Code and name as a search compares them"))
    stems = models.GeneratedField(
        expression=SearchVector("words", config=LANGUAGE),
        output_field=SearchVectorField(),
        db_persist=True,
        help_text=_("The words without their endings"),
    )
    archived = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="searchentry_record")
        ]
        indexes = [
            GinIndex(OpClass("words", name="gin_trgm_ops"), name="searchentry_words"),
            GinIndex("stems", name="searchentry_stems"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()
