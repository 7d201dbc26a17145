"""The verbs of a resource, with their forms and services: REST and the admin pages read them here.

Every move of a model's life cycles is a verb, done by `turn_by_hand` with a form of the fields that
the move asks for. `Meta.verbs` of a resource declares what differs: another service, another form,
or a verb that is no move of a life cycle.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from pmhub.access.setters import JUDGE_NOTHING, WRITERS, Setter, lent_by
from pmhub.audit.acts import record
from pmhub.database.history import because
from pmhub.lifecycle import Lifecycle, Move
from pmhub.models import Act
from pmhub.serializers.coins import amounts_of
from pmhub.serializers.fields import LONGEST_REASON, Amount, Choice, Text
from pmhub.serializers.inputs import InputSerializer
from pmhub.serializers.records import RecordSerializer
from pmhub.services import turn_by_hand


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of one resource: `service(row, **asked, by=user)` does it; the other fields say what
    it asks for, who may do it, and how it is named."""

    noun: str
    does: str
    done: str
    says: str
    form: type[InputSerializer]
    service: Callable[..., Any]
    by: Setter = WRITERS
    move: Move | None = None
    states: tuple[str, ...] = ()
    when: Callable[[Any], bool] | None = None
    to: Callable[[Any, Any], Collection[str]] | None = None
    undo: tuple[str, ...] = ()

    def do(self, row: Any, asked: Mapping[str, Any], *, by: Any) -> Any:
        """Do the verb, and store its reason and for whom the user acts in the history; a service
        with a parameter `reason` is given it too."""
        given = dict(asked)
        reason = str(given.get("reason", ""))
        if "reason" not in inspect.signature(self.service).parameters:
            given.pop("reason", None)
        if self.is_own_deputy(row, by):
            raise PermissionDenied(f"{self.does}: not as a deputy, for you wrote it.")
        with transaction.atomic(), because(reason, for_=self.by.acted_for(by, row)):
            answer = self.service(row, **given, by=by)
            if self.move is None:  # a trigger records moves
                kind, details = row._meta.model_name, {"verb": self.noun}
                record(Act.DONE, object_type=kind, object_id=str(row.pk), details=details)
            return answer

    def form_for(self, row: Any, request: Any) -> InputSerializer:
        """Return the form about a row as a page shows it to the user of the request."""
        form = self.form(context={"request": request, "record": row})
        form.fit(row, request.user)
        return form

    def is_own_deputy(self, row: Any, by: Any) -> bool:
        """Return whether the user would judge, as somebody's deputy, a row that they wrote
        themself."""
        wrote = row.created_by_id is not None and row.created_by_id == getattr(by, "pk", None)
        judges = self.by not in JUDGE_NOTHING and wrote
        return judges and bool(lent_by(by, lambda actor: self.by.allows(actor, row)))

    def open_to(self, user: Any, row: Any) -> bool:
        """Return whether the state of the row allows the verb, and the user may do it."""
        return (
            self.allowed_from(row)
            and self.by.offers(user, row)
            and not self.is_own_deputy(row, user)
            and self._may_move(user, row)
        )

    def _may_move(self, user: Any, row: Any) -> bool:
        """Return whether the user may take the row to one of the states to which the verb leads;
        true for a verb that does not restrict them."""
        if self.to is None or self.move is None:
            return True
        return bool({*self.move.leads} & {*self.to(row, user)})

    def allowed_from(self, row: Any) -> bool:
        """Return whether the state of the row allows the verb."""
        sources = self.states if self.move is None else self.move.sources
        leads = not sources or any(
            getattr(row, lifecycle.field) in sources
            for lifecycle in row.lifecycles
            if self.move is None or self.move in lifecycle.moves
        )
        return leads and (self.when is None or self.when(row))


@dataclass(frozen=True, slots=True)
class VerbDefinition:
    """How a verb differs from the move in the table of its life cycle, or all of a verb that is no
    move. `more` are fields of the form beside those of the move, before the reason. The verb is
    offered for rows for which `when` is true, and one that is no move only in `states`, or in all.
    `to(row, user)` returns the states to which the user takes the row: a page offers a move only if
    it leads to one of them, and only these. A verb that is no move names in `undo` the verbs that
    take it back; for a move, the move names them."""

    service: Callable[..., Any]
    form: type[InputSerializer] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    does: str = ""
    done: str = ""
    says: str = ""
    by: Setter = WRITERS
    states: tuple[str, ...] = ()
    when: Callable[[Any], bool] | None = None
    to: Callable[[Any, Any], Collection[str]] | None = None
    undo: tuple[str, ...] = ()


def reason_field(*, needed: bool = False) -> Text:
    """Return the field for the reason of a verb, which the history keeps. One that is needed the
    record may keep too, under a label of its own."""
    optional: dict[str, Any] = {} if needed else {"required": False, "allow_blank": True}
    style = {"roomy": True, "of_history": not needed}
    return Text(max_length=LONGEST_REASON, style=style, **optional)


class Reasoned(InputSerializer):
    """The form of a verb with a reason, which may be left out."""

    reason = reason_field()


@functools.cache
def verbs_of(resource: type[RecordSerializer]) -> dict[str, Verb]:
    """Return the verbs of a resource by their nouns: first the moves, in the order of its life
    cycles."""
    special: Mapping[str, VerbDefinition] = getattr(resource.Meta, "verbs", {})
    verbs = {
        move.noun: _of_move(resource, table, move, special.get(move.noun))
        for table in resource.Meta.model.lifecycles
        for move in table.moves
    }
    return verbs | {
        noun: Verb(
            noun,
            its.does,
            its.done,
            its.says,
            its.form or Reasoned,
            its.service,
            its.by,
            states=its.states,
            when=its.when,
            undo=its.undo,
        )
        for noun, its in special.items()
        if noun not in verbs
    }


def _of_move(
    resource: type[RecordSerializer], table: Lifecycle, move: Move, its: VerbDefinition | None
) -> Verb:
    service = its.service if its else functools.partial(turn_by_hand, noun=move.noun)
    form = (its and its.form) or _form(resource, table, move, its or VerbDefinition(service))
    when, to = (its.when, its.to) if its else (None, None)
    return Verb(
        move.noun, move.does, move.done, move.says, form, service, move.by, move,
        when=when, to=to, undo=move.undo,
    )  # fmt: skip


def _form(
    resource: type[RecordSerializer], table: Lifecycle, move: Move, its: VerbDefinition
) -> type[InputSerializer]:
    """Return the form of a move: the fields that it asks for, as the resource declares them."""
    fields: dict[str, Any] = {}
    if len(move.leads) > 1:
        labels = dict(resource.Meta.model._meta.get_field(table.field).choices)
        choices = [(target, labels[target]) for target in move.leads]
        fields[table.field] = Choice(choices=choices, source="target")
    for name in (*move.asks, *move.may_ask):
        fields[name] = _form_field(resource, name, required=name in move.asks)
    fields |= its.more
    fields["reason"] = reason_field(needed=move.reason)
    name = f"{resource.__name__.removesuffix('Serializer')}{move.noun.title().replace('-', '')}"
    doc = f"What {move.does.lower()} asks for."
    said = {"__doc__": doc, "__module__": __name__, "fit": _narrowing(table, move, its)}
    return type(f"{name}Serializer", (InputSerializer,), {**fields, **said})


def _narrowing(table: Lifecycle, move: Move, its: VerbDefinition) -> Callable[..., None]:
    """Return the method `fit` for the form of a move: where the move leads to several states, it
    leaves only those that the row can reach."""

    def fit(form: InputSerializer, record: Any, user: Any) -> None:
        field: Any = form.fields.get(table.field)
        if len(move.leads) < 2 or field is None:
            return
        state = getattr(record, table.field)
        reached = [target for target, sources in move.leads.items() if state in sources]
        offered = {*reached} & {*(reached if its.to is None else its.to(record, user))}
        field.choices = [choice for choice in field.choices.items() if choice[0] in offered]

    return fit


def _form_field(resource: type[RecordSerializer], name: str, *, required: bool) -> Any:
    """Return a field of the resource as a field of a form, without its default."""
    template = resource._templates()[name]
    options = {**template._kwargs, "required": required}
    if required:
        options.pop("allow_null", None)
        options.pop("allow_blank", None)
    options.pop("default", None)
    kind = Amount if name in amounts_of(resource) else type(template)
    return kind(*template._args, **options)
