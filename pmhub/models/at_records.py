"""Base of what is added to records of any kind, by the type and id of the record: attachments,
comments, follows."""

from __future__ import annotations

import functools
import operator
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from pmhub.access import ScopedQuerySet
from pmhub.access.grants import grants_of
from pmhub.database.statements import Statement
from pmhub.models.people import Person
from pmhub.models.records import Record


@functools.cache
def kinds_of_records() -> dict[str, Any]:
    """Return the models of all records, by their names."""
    return {
        str(model._meta.model_name): model
        for model in apps.get_models()
        if issubclass(model, Record) and not model._meta.proxy
    }


@functools.cache
def attachable() -> dict[str, Any]:
    """Return the models of records that can have comments, attachments and follows, by their names.
    People cannot, as nothing is filed about them; nor can records that only their author writes,
    such as a delegation, which has a reason of its own; nor comments, attachments and follows
    themselves."""
    return {
        name: model
        for name, model in kinds_of_records().items()
        if not model.of_author and not issubclass(model, AtRecord | Person)
    }


@functools.cache
def _kinds_with(model: Any) -> Statement:
    """Return a statement for the kinds of records that have any row of this model. There are about
    a hundred kinds; leaving out the others keeps the condition for what a user may see short."""
    return Statement(
        "SELECT kind FROM unnest(%(kinds)s) AS kind"  # noqa: S608  # our own names
        f" WHERE EXISTS (SELECT FROM {model._meta.db_table} WHERE record_type = kind)",
        types={"kinds": "text[]"},
    )


class AtRecords(ScopedQuerySet):
    """Rows added to records; whoever sees the record sees them."""

    def visible_to(self, user: Any) -> Self:
        """Return the rows of all records that the user may see."""
        # This is compiled for one user, not for all: whether anything is at records of a kind
        # changes at any moment.
        if not grants_of(user).roles or user.pk is None:
            return self.none()
        kinds = attachable()
        visible = {
            name: kinds[name]._default_manager.visible_to(user).values("pk")
            for (name,) in _kinds_with(self.model)(kinds=[*kinds])
        }
        conditions = (Q(record_type=name, record_id__in=ids) for name, ids in visible.items())
        return self.filter(functools.reduce(operator.or_, conditions, Q(pk__in=[])))

    def of(self, record: Any) -> Self:
        """Return the rows of one record."""
        return self.filter(record_type=record._meta.model_name, record_id=record.pk)

    def at(self, model: Any, ids: Any) -> Self:
        """Return the rows of the records of one model with these ids."""
        return self.filter(record_type=model._meta.model_name, record_id__in=ids)

    def of_none(self) -> Self:
        """Return the rows of records that no longer exist."""
        there = (
            Q(Exists(model._base_manager.filter(pk=OuterRef("record_id"))), record_type=name)
            for name, model in attachable().items()
        )
        return self.exclude(functools.reduce(operator.or_, there))


class AtRecord(Record):
    """A row added to a record of any kind. Whoever sees the record sees it."""

    record_type = models.CharField(max_length=40)
    record_id = models.PositiveBigIntegerField()

    objects = AtRecords.as_manager()  # type: ignore[misc]  # another queryset class

    class Meta:
        abstract = True

    @property
    def rights_from(self) -> Any:
        """The record to which the row was added, whose rights apply; None once that is gone."""
        model = attachable().get(self.record_type)
        return model and model._base_manager.filter(pk=self.record_id).first()
