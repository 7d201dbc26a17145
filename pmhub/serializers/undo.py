"""How a verb is taken back: by a verb that restores exactly the former values, and the body of its
request.

Each verb names in `undo` the verbs that take it back. A page offers one right after the verb was
done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pmhub.lifecycle import Move
from pmhub.serializers.records import RecordSerializer
from pmhub.serializers.verbs import Verb, verbs_of

UNDONE = "Undone right after it was done."


@dataclass(frozen=True, slots=True)
class Undo:
    """The verb (`noun`) that takes another back, and the body of its request. `edits` holds the
    former values of the fields that this verb does not restore, for an edit after it. `restores`
    names the fields of the other verb's form that get their former values back: where the user
    filled in others, nothing restores the record in full."""

    noun: str
    body: dict[str, Any]
    edits: dict[str, Any]
    restores: list[str]


def undo_of(resource: type[RecordSerializer], verb: Verb, row: Any, user: Any) -> Undo | None:
    """Return how a verb can be taken back that this user is about to do to the row; None where no
    verb restores the row as it is now."""
    verbs = verbs_of(resource)
    for back in (verbs[noun] for noun in verb.undo):
        if _reverses(verb.move, back.move, row) and _may(back, row, user):
            return _undo(resource, verb, back, row)
    return None


def _may(verb: Verb, row: Any, user: Any) -> bool:
    return verb.by.offers(user, row) and not verb.is_own_deputy(row, user)


def _reverses(move: Move | None, back: Move | None, row: Any) -> bool:
    """Return whether one move leads from the state of the row to another, and the other back."""
    if move is None or back is None:
        return move is back
    state = next(getattr(row, table.field) for table in row.lifecycles if move in table.moves)
    reached = [target for target, sources in move.leads.items() if state in sources]
    return bool(reached) and all(back.target_from(target, state) for target in reached)


def _undo(resource: type[RecordSerializer], verb: Verb, back: Verb, row: Any) -> Undo | None:
    """Return how the verb `back` restores what `verb` changes; None where it does not."""
    fields = back.form().fields
    body = _values(fields, fields, row)
    lacks = any(field.required and body.get(name) in (None, "") for name, field in fields.items())
    emptied = {*_clears(verb), *_clears(back)} - body.keys()
    if lacks or not all(_is_empty(row, name) for name in emptied):
        return None
    own = verb.form().fields
    fixed = resource.read_only_names().union(*(table.kept for table in row.lifecycles))
    edits = _values(own, own.keys() - body.keys() - emptied - fixed, row)
    restored = {"reason", *body, *edits, *_clears(back)}
    states = {table.field for table in row.lifecycles if verb.move in table.moves}
    return Undo(back.noun, body, edits, sorted(own.keys() & (restored | states)))


def _values(fields: Any, names: Iterable[str], row: Any) -> dict[str, Any]:
    """Return the values of the row for these fields of a form, as REST writes them."""
    values: dict[str, Any] = {}
    stored = {field.name for field in row._meta.concrete_fields}
    for name in names:
        if name == "reason":
            values[name] = UNDONE
        elif name in stored:
            value = getattr(row, name)
            values[name] = value if value in (None, "") else fields[name].to_representation(value)
    return values


def _clears(verb: Verb) -> tuple[str, ...]:
    return verb.move.clears if verb.move else ()


def _is_empty(row: Any, name: str) -> bool:
    return bool(getattr(row, name) == row._meta.get_field(name).get_default())
