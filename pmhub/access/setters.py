"""Who may set a field of a record or carry out a verb, where not everybody may who writes the
record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from pmhub import permissions
from pmhub.access import Withheld, can, roles_on
from pmhub.access.grants import grants_of, lenders
from pmhub.access.posts import holds_post
from pmhub.access.separation_of_duties import has_part


@dataclass(frozen=True, slots=True)
class Setter:
    """Who may set a field, where not everybody may who writes the record; a model declares setters
    by field in `set_by`.

    Without `ends`, they are the users who have `right` on the record. With `ends`, they are the
    users who may write such a record for the first of these relations that is given; if the field
    `answers` names the end that asked, for the other one. The person named in the field `own` may
    set it too; if `right` is empty, they alone may. `only` restricts the setter to records whose
    field has one of some values, or any value; for other records all who write may set the field.
    With `apart`, people who have a part in the record do not decide it: the verb refuses them, and
    pages do not offer it. `limited` are the lookup paths from the record to people whom the field
    limits, or to the posts of such people: they never set it. If a user acts for an end without
    holding a role on it, such as the programme manager for a project, the history names that end.
    """

    words: str
    right: str = "write"
    ends: tuple[str, ...] = ()
    answers: str = ""
    own: str = ""
    only: tuple[str, frozenset[str]] | None = None
    apart: bool = False
    limited: tuple[str, ...] = ()

    def where(self, field: str, *values: str) -> Setter:
        """Return this setter, restricted to records whose field has one of these values, or any
        value if none is named; other records can be set by whoever may write them."""
        return replace(self, only=(field, frozenset(values)))

    def never(self, *ways: str) -> Setter:
        """Return this setter without the people to whom these lookup paths lead, such as
        `project__project_manager`: the field limits them, so they never set it, whatever other
        roles they hold."""
        return replace(self, limited=ways)

    @property
    def anybody(self) -> bool:
        """Whether anybody may set the field, so that a user can be told whom to ask."""
        return bool(self.right or self.own)

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may set the field on this row."""
        if not self.speaks_of(row):
            return can(user, "write", row)
        if self.own and is_theirs(user, row, self.own):
            return True
        if not self.right or is_limited(user, row, *self.limited):
            return False
        return self._has_right(user, row)

    def _has_right(self, user: Any, row: Any) -> bool:
        if not self.ends:
            return can(user, self.right, row)
        end = self._end(row)
        if end is None:  # a new record without its ends is checked again once they are set
            return can(user, "write", row)
        return permissions.may_write(roles_on(user, end), row.noun)

    def offers(self, user: Any, row: Any) -> bool:
        """Return whether the user may set the field and, if the setter is `apart`, has no part in
        the record."""
        return self.allows(user, row) and not (self.apart and has_part(user, row))

    def acted_for(self, user: Any, row: Any) -> str:
        """Return for whom the user acts: who lends them the role that they need, else the end on
        which they hold no role; empty if they act for themself."""
        return lent_by(user, lambda actor: self.allows(actor, row)) or self._side(user, row)

    def speaks_of(self, row: Any) -> bool:
        """Return whether this setter applies to the row (see `only`)."""
        if self.only is None:
            return True
        field, values = self.only
        value = getattr(row, field)
        return value in values if values else bool(value)

    def _side(self, user: Any, row: Any) -> str:
        if not self.ends:
            return ""
        end = self._end(row)
        if end is None:
            return ""
        own = grants_of(user).on(end.grant_kind, end.pk)
        return "" if permissions.may_write(own, row.noun) else self._names(row)[0]

    def _names(self, row: Any) -> list[str]:
        asking_end = getattr(row, self.answers) if self.answers else ""
        return sorted(self.ends, key=lambda name: name == asking_end)

    def _end(self, row: Any) -> Any:
        ends = (getattr(row, name, None) for name in self._names(row))
        return next((end for end in ends if end is not None), None)


def lent_by(user: Any, may: Callable[[Any], bool]) -> str:
    """Return who lends a user the role that they need to act, in the words of the history: `person
    12`; empty if their own roles suffice. `may` says whether a given user may act."""
    return " and ".join(f"person {id}" for id in lenders(user, may))


def is_theirs(user: Any, row: Any, name: str) -> bool:
    """Return whether a field of the row names the person who signs in as this user."""
    person = getattr(user, "person", None)
    return person is not None and getattr(row, f"{name}_id") == person.pk


def is_limited(user: Any, row: Any, *ways: str) -> bool:
    """Return whether one of the lookup paths from the row, such as `project__project_manager`,
    leads to the person who signs in as this user, or to a post whose role they hold there or above,
    as somebody's deputy too. False while the product carries out what others
    approved, which is done with the approvers' rights."""
    return not grants_of(user).approved and any(_leads_to(user, row, way) for way in ways)


def _leads_to(user: Any, row: Any, way: str) -> bool:
    *above, name = way.split("__")
    for step in above:
        row = getattr(row, step, None)
    return row is not None and (is_theirs(user, row, name) or holds_post(user, row, name))


# Whoever may write the record.
WRITERS = Setter("whoever may write it")
# Whoever submits for decision and declares a status; a coordinator only prepares these.
SUBMITTERS = Setter("whoever writes it by another role than coordinator", right="submit")
JUDGE_NOTHING = (WRITERS, SUBMITTERS)
# People do not set their own limits.
LIMITS = Setter("the programme manager or the PMO", right="limit")
LIMITS_OF_PROJECT = LIMITS.never("project__project_manager")


def check_setters(user: Any, row: Any, names: Iterable[str]) -> None:
    """Raise Withheld at the first of these fields of the row that the user may not set."""
    for name in names:
        setter = row.set_by.get(name)
        if setter and not setter.allows(user, row):
            field = row._meta.get_field(name).verbose_name.capitalize()
            never = ", never by whom it limits" if is_limited(user, row, *setter.limited) else ""
            raise Withheld(name, f"{field} is set by {setter.words}{never}.")


def check_deletion(user: Any, row: Any) -> None:
    """Raise Withheld where the user may not delete a row: it holds what others set, or others have
    it before them and the user only prepares such records."""
    check_setters(user, row, limiting(row, row.set_by))
    handed_in = [
        table.field
        for table in row.lifecycles[:1]
        if row.holds and any(move.by == SUBMITTERS for move in table.moves)
    ]
    if handed_in and not SUBMITTERS.allows(user, row):
        raise Withheld(handed_in[0], f"What was handed in is deleted by {SUBMITTERS.words}.")


def check_change(
    user: Any, before: Any, after: Any, changed: Collection[str], *, moved: bool = False
) -> None:
    """Raise Withheld if a change of a row sets a field that the user may not set, in the row as it
    was or as it will be. If the row is `moved` elsewhere, all its fields in `set_by` that have a
    value count as set."""
    # A setter of only some records is asked only if it speaks of the record before the change.
    silent = {name for name, setter in before.set_by.items() if not setter.speaks_of(before)}
    for row in (before, after):
        held = limiting(row, row.set_by) if moved else []
        check_setters(user, row, [name for name in (*changed, *held) if name not in silent])


def limiting(row: Any, names: Iterable[str]) -> list[str]:
    """Return those of these fields that only some may set and whose value in this row is not the
    default; relations to parents are left out."""
    return [
        name
        for name in names
        if name in row.set_by
        and name not in row.visible_through
        and getattr(row, name) != row._meta.get_field(name).get_default()
    ]


def acted_for(user: Any, row: Any, names: Iterable[str]) -> str:
    """Return for whom the user writes the row and sets these fields: ends, such as `receiver`, and
    people who lend them a role; empty if for themself."""
    whom = {row.set_by[name].acted_for(user, row) for name in names if name in row.set_by}
    whom.add(lent_by(user, lambda actor: can(actor, "write", row)))
    return " and ".join(sorted(whom - {""}))
