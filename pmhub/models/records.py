"""The base of every record: its version, history, rules, archive and code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Now, Random
from django.db.models.signals import class_prepared
from django.dispatch import receiver
from django.utils.encoding import force_str
from django.utils.hashable import make_hashable
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmhub import access, validators
from pmhub.audit import triggers as audit
from pmhub.database import history, search_table, touch_triggers, touches
from pmhub.database.active_people import in_use
from pmhub.database.collation import Folded
from pmhub.database.day_triggers import NotInFuture, NotInPast
from pmhub.database.order_of_changes import keep_order
from pmhub.database.retention import RetentionRule, retained
from pmhub.database.triggers import written
from pmhub.lifecycle import Lifecycle
from pmhub.text import in_order, next_code

TAKEN = "This code is taken in this portfolio."
# For costs and commitments codes are references, which are optional.
CODED_KINDS = "OLD.kind NOT IN ('cost', 'commitment')"


@cache
def _labels(field: Any) -> Mapping[Any, Any]:
    """Return the labels of a field's choices by value; Django would build them for every row, which
    takes a tenth of the time of a page of rows."""
    return dict(make_hashable(field.flatchoices))


@lru_cache(maxsize=4096)
def _label(field: Any, value: Any, language: str) -> Any:
    """Return the label of a value in a language, which is the active one."""
    return force_str(_labels(field).get(value, value), strings_only=True)


class Record(access.Visible, models.Model):
    """The base of every record: who created and changed it, when, and its version.

    A trigger raises `version` and `updated_at`, so that they hold for pages, admin, bulk updates
    and plain SQL alike.
    """

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    # Fields with people who answer for the record, each while its condition holds. Other fields
    # name people who did something, which does not change.
    answered_for: ClassVar[dict[str, Q]] = {}
    # Fields with people who are to act but answer for nothing.
    still_to_act: ClassVar[tuple[str, ...]] = ()
    # Fields with people for whose own statement the record waits, each while its condition holds.
    waits_for: ClassVar[dict[str, Q]] = {}

    objects = access.ScopedQuerySet.as_manager()

    lifecycles: ClassVar[tuple[Lifecycle, ...]] = ()
    # States of the first life cycle in which fields can be edited; None for all.
    edited_in: ClassVar[tuple[str, ...] | None] = None
    # States of the first life cycle in which no new row may name the record, as with archived ones.
    over_in: ClassVar[tuple[str, ...]] = ()
    # By relation to an ancestor, the states of its first life cycle in which such records can be
    # added; empty for all.
    added_while: ClassVar[dict[str, tuple[str, ...]]] = {}
    first_code: ClassVar[str] = ""  # suggested if no other record has a code with a number
    rules: ClassVar[tuple[str, ...]] = ()  # fields by which other rows are judged or counted
    unread: ClassVar[tuple[str, ...]] = ()  # columns of a source of figures that no figure reads
    # Fields with days of past events, which cannot be in the future.
    happened: ClassVar[tuple[str, ...]] = ()
    # What is known today of a past day: the column with the first day on which a row is true, or
    # else SQL for columns for which today's row `t` knows better than that day's row `p`
    # (`pmhub/database/past.py`).
    true_from: ClassVar[str] = ""
    true_columns: ClassVar[dict[str, str]] = {}
    # The field with the day by which rows sent together are stored, the oldest first, the undated
    # last: where none may be older than those that are stored.
    in_turn: ClassVar[str] = ""
    # States in which a day of `happened` is planned.
    planned_in: ClassVar[dict[str, tuple[str, ...]]] = {}
    # Fields with days that must be in the future when they are written.
    promised: ClassVar[tuple[str, ...]] = ()
    stays: ClassVar[tuple[RetentionRule, ...]] = ()  # when a row cannot be deleted
    # Why rows cannot be deleted on their own, but only with their parent; empty if they can.
    undeletable: ClassVar[str] = ""
    gone_for_good: ClassVar[bool] = False  # whether a deleted row cannot be restored
    # Foreign keys that only the database knows, with which rows are deleted: the model they lead
    # to, and the columns of its key by those of this table.
    held_by: ClassVar[dict[Any, dict[str, str]]] = {}
    # Names of triggers by which the parent counts its new rows.
    counted_by: ClassVar[tuple[str, ...]] = ()
    # What triggers of this table refuse: the field ("" for none) and the sentence, by the name that
    # they raise or else the trigger's own.
    refuses: ClassVar[dict[str, tuple[str, str]]] = {}
    sought: ClassVar[bool] = True  # whether the search finds it by code and name
    # Triggers on the tables of many-to-many fields, by field; those on the model's table are in
    # Meta.
    list_triggers: ClassVar[dict[str, list[pgtrigger.Trigger]]] = {}

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: Any) -> Any:  # noqa: N802  # the name is Django's
        return _label(field, make_hashable(getattr(self, field.attname)), get_language())

    @property
    def has_ended(self) -> bool:
        """Whether the record has ended; its posts then stay as they were."""
        return False

    @property
    def settled(self) -> bool:
        """Whether no such record can be added any more, because of the state of a record above."""
        above = [
            (getattr(self, name), states)
            for name, states in self.added_while.items()
            if getattr(self, f"{name}_id") is not None
        ]
        return any(getattr(row, row.lifecycles[0].field) not in states for row, states in above)

    @property
    def holds(self) -> bool:
        """Whether the record can no longer be edited, because of its state."""
        if self.edited_in is None or self.pk is None:
            return False
        return not self.lifecycles or getattr(self, self.lifecycles[0].field) not in self.edited_in


@receiver(class_prepared)
def _add_history_and_triggers(sender: type[models.Model], **kwargs: Any) -> None:
    """Give every record its history, the order of its changes, its touches, its search entries and
    audit triggers, and the rules for its fields."""
    if issubclass(sender, Record):
        history.keep(sender)
        keep_order(sender)
        pgtrigger.register(*touch_triggers.triggers(sender))(sender)
        pgtrigger.register(*audit.of_record(sender))(sender)
        pgtrigger.register(*search_table.triggers(sender))(sender)
        validators.guard(sender)
        if columns := validators.texts(sender):
            pgtrigger.register(written(columns))(sender)
        if sender.happened:
            state = sender.lifecycles[0].field if sender.lifecycles else ""
            pgtrigger.register(NotInFuture(sender.happened, state, sender.planned_in))(sender)
        if sender.promised:
            pgtrigger.register(NotInPast(sender.promised))(sender)
        many = {field.name for field in sender._meta.local_many_to_many}
        if named := [name for name in sender.answered_for if name not in many]:
            pgtrigger.register(in_use(named))(sender)
        for trigger in retained(sender):
            pgtrigger.register(trigger)(sender)
        for field in sender._meta.local_many_to_many:
            _protect(sender, field)


def _protect(model: type[models.Model], field: Any) -> None:
    """Refuse to delete a row that a list of a record holds."""

    def protect(_: Any, table: Any) -> None:
        end = table._meta.get_field(field.m2m_reverse_field_name())
        end.remote_field.on_delete = models.PROTECT

    app, name = model._meta.app_label, model.__name__
    made = [(app, name.lower()), (app, f"{name}_{field.name}".lower())]
    model._meta.apps.lazy_model_operation(protect, *made)


class Archivable(models.Model):
    """A record that can be archived once it has ended: lists leave it out, figures still count
    it."""

    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def against_archiving(self) -> str:
        """Return why the record cannot be archived yet, in a sentence; empty if it can."""
        return ""


class Code(models.Model):
    """A code in use in a portfolio: one row for each record of the kinds whose codes are unique
    there, with costs by their reference; kept by triggers (`database/codes.py`). It names the
    record by its kind and id."""

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    portfolio_id = models.BigIntegerField()
    key = models.TextField(help_text=_("The code as it is compared"))

    refuses = {
        "code_once": ("code", "A code of these is taken in that portfolio."),
        "cost_once": ("source_ref", "A reference of these is taken in that portfolio."),
    }

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="leads_on",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("key"),
                condition=pgtrigger.Condition(f"OLD.key <> NEW.key AND {CODED_KINDS}"),
                func="INSERT INTO pmhub_formercode (kind, object_id, portfolio_id, key)"
                " VALUES (OLD.kind, OLD.object_id, OLD.portfolio_id, OLD.key)"
                " ON CONFLICT DO NOTHING; RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="leads_nowhere",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition(CODED_KINDS),
                func="DELETE FROM pmhub_formercode"
                " WHERE kind = OLD.kind AND object_id = OLD.object_id; RETURN NULL;",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="code_record"),
            models.UniqueConstraint(
                fields=["portfolio_id", "kind", "key"],
                name="code_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["portfolio_id", "key"], condition=Q(kind="cost"), name="cost_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def like(cls, model: Any, code: str, portfolio_id: int) -> list[str]:
        """Return the codes in use in a portfolio, for a model, that differ from this one only in
        the number at their end; written with the letters of this one."""
        stem = code.rstrip("0123456789")
        folded = stem.casefold()
        used = cls.objects.filter(kind=model._meta.model_name, portfolio_id=portfolio_id)
        keys = used.filter(key__startswith=folded).values_list("key", flat=True)
        numbers = (key.removeprefix(folded) for key in keys)
        return [stem + number for number in numbers if number.isdecimal()]

    @classmethod
    def free(cls, model: Any, code: str, portfolio_id: int) -> str:
        """Return this code or, if a code that differs only in its number is as high, the next after
        the highest."""
        after = next_code(cls.like(model, code, portfolio_id)) or code
        return max(code, after, key=in_order)


class FormerCode(models.Model):
    """A code that a record had before its code was changed: it leads to the record until another
    record of the portfolio has it. Triggers on the table of codes keep it. A record that became
    part of another keeps its code, marked `passed_on`, which leads to the other record all the
    same."""

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    portfolio_id = models.BigIntegerField()
    key = models.TextField(help_text=_("The code as it is compared"))
    passed_on = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "kind", "object_id"], name="formercode_once"),
        ]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def leading(cls, **of: Any) -> models.QuerySet[FormerCode]:
        """Return the former codes that lead to a record: those that no record has now, or that were
        passed on."""
        here = {name: models.OuterRef(name) for name in ("kind", "portfolio_id", "key")}
        taken = models.Exists(Code.objects.filter(**here))
        return cls.objects.filter(Q(passed_on=True) | ~taken, **of)

    @classmethod
    def leading_on(cls, code: str, **of: Any) -> models.QuerySet[FormerCode]:
        """Return the former codes that equal this code and lead to a record."""
        return cls.leading(key=Folded(Value(code)), **of)

    @classmethod
    def pass_on(cls, row: Any, *, to: Any, portfolio_id: int) -> None:
        """Let the code of a record, and its former codes, lead to another record of its kind, of
        which it became part."""
        kind = row._meta.model_name
        mine, theirs = (cls.objects.filter(kind=kind, object_id=record.pk) for record in (row, to))
        theirs.filter(key__in=mine.filter(passed_on=True).values("key")).update(passed_on=True)
        mine.filter(key__in=theirs.values("key")).delete()
        mine.update(object_id=to.pk)
        cls.objects.update_or_create(
            kind=kind, object_id=to.pk, key=Folded(Value(row.code)),
            defaults={"portfolio_id": portfolio_id, "passed_on": True},
        )  # fmt: skip


class Touch(models.Model):
    """A touch of an object by a statement (`database/touches.py`); rows are added, never
    updated."""

    topic = models.TextField()
    object_id = models.BigIntegerField()
    mark = models.BigIntegerField(
        db_default=Cast(Random() * touches.SIZE, models.BigIntegerField())
    )

    class Meta:
        verbose_name_plural = "touches"
        indexes = [
            models.Index(fields=["topic", "object_id"], include=["mark"], name="touch_topic")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.object_id}"


class Coded(Record):
    """A record whose code is unique in its portfolio. The table of codes enforces that; this class
    says it in a sentence, which reveals nothing about the record that has the code."""

    code: Any  # declared by each model, for its place among the fields
    # Path to the portfolio, if not that of `visible_through`.
    code_from: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @classmethod
    def taken(cls, code: str, portfolio_id: int, *, but: int | None = None) -> bool:
        """Return whether a record of this kind other than `but` has the code in the portfolio."""
        used = Code.objects.filter(kind=cls._meta.model_name, portfolio_id=portfolio_id)
        return used.filter(key=Folded(Value(code))).exclude(object_id=but or 0).exists()

    def validate_unique(self, exclude: Any = None) -> None:
        """Raise ValidationError on `code` when another record of the portfolio has it."""
        super().validate_unique(exclude=exclude)
        home = portfolio_of(self)
        if "code" in (exclude or ()) or home is None:
            return
        if self.taken(self.code, home, but=self.pk):
            raise ValidationError({"code": ValidationError(TAKEN, code="unique")})


def lineage(model: Any) -> list[str]:
    """Return the paths of foreign keys up to every root of access, for `select_related`."""
    return list(_lineage(model))


def _lineage(model: Any, prefix: str = "") -> Iterator[str]:
    for name in model.visible_through:
        path = f"{prefix}{name}"
        yield path
        yield from _lineage(model._meta.get_field(name).related_model, f"{path}__")


def home_portfolio(row: Any) -> Any:
    """Return the portfolio of a record; None if its parents are not given yet, or did not exist in
    the past that is read."""
    if row is None or row.grant_kind == "portfolio":
        return row
    for name in getattr(row, "code_from", ()) or row.visible_through:
        if getattr(row, f"{name}_id") is not None:
            return home_portfolio(getattr(row, name))
    return None


def portfolio_of(row: Any) -> int | None:
    """Return the id of the portfolio of a record; None as for `home_portfolio`."""
    return getattr(home_portfolio(row), "pk", None)
