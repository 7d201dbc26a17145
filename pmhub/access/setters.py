"""Who sets a field, of those who may write its record, and who does a verb."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from pmhub import permissions
from pmhub.access import Withheld, can, roles_on
from pmhub.access.grants import grants_of, lenders
from pmhub.access.separation_of_duties import has_part


@dataclass(frozen=True, slots=True)
class Setter:
    """Who sets a field, of those who may write its record: a model's `set_by` names them by field.

    Either whoever may do `right` to the record, or one side of it: who may write such a record for
    the first of `ends` that is given; without a right, nobody but who is named in `own`. Where the
    record names in `answers` the side that asked, it is the other. Whoever sees the record and is
    named in its field `own` may too. The history calls a side by the name of its end when somebody
    else acts for it, such as the programme manager for a project. Where it says so only of records
    that have one of some values in a field, or any, `only` names both. With `apart`, who has a part
    in the record does not decide it: the verb says so, and pages do not offer it. `limited` are
    the ways from the record to the people whom the field limits: they never set it.
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
        """Return this setter for a record whose field has one of these values, or any where none is
        named; of another, whoever may write it sets the field."""
        return replace(self, only=(field, frozenset(values)))

    def never(self, *ways: str) -> Setter:
        """Return this setter for a field that limits the people to whom these ways lead, such as
        `project__project_manager`: whatever role they hold besides, they do not set it."""
        return replace(self, limited=ways)

    @property
    def anybody(self) -> bool:
        """Return whether there is somebody who may, and can be asked for it."""
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
        if end is None:  # of a record that is being made: judged once its ends are said
            return can(user, "write", row)
        return permissions.may_write(roles_on(user, end), row.noun)

    def offers(self, user: Any, row: Any) -> bool:
        """Return whether the user has the right, and nothing of theirs is decided."""
        return self.allows(user, row) and not (self.apart and has_part(user, row))

    def acted_for(self, user: Any, row: Any) -> str:
        """Return who lends the user the role by which they may, else the side that the user acts
        for without holding a role on it; empty for neither."""
        return lent_by(user, lambda actor: self.allows(actor, row)) or self._side(user, row)

    def speaks_of(self, row: Any) -> bool:
        """Return whether it says of this row who sets the field."""
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
        asked = getattr(row, self.answers) if self.answers else ""
        return sorted(self.ends, key=lambda name: name == asked)

    def _end(self, row: Any) -> Any:
        ends = (getattr(row, name, None) for name in self._names(row))
        return next((end for end in ends if end is not None), None)


def lent_by(user: Any, may: Callable[[Any], bool]) -> str:
    """Return who lends a user the role by which alone they may do something, as the history keeps
    it: `person 12`; empty where they may by themself. `may` is asked of the user."""
    return " and ".join(f"person {id}" for id in lenders(user, may))


def is_theirs(user: Any, row: Any, name: str) -> bool:
    """Return whether a field of the row names the person who signs in as this user."""
    person = getattr(user, "person", None)
    return person is not None and getattr(row, f"{name}_id") == person.pk


def is_limited(user: Any, row: Any, *ways: str) -> bool:
    """Return whether one of the ways from the row, such as `project__project_manager`, leads to the
    person who signs in as this user. Whoever makes what others approved does so by their right, and
    is not asked."""
    return not grants_of(user).approved and any(_leads_to(user, row, way) for way in ways)


def _leads_to(user: Any, row: Any, way: str) -> bool:
    *above, name = way.split("__")
    for step in above:
        row = getattr(row, step, None)
    return row is not None and is_theirs(user, row, name)


# Whoever may write the record.
WRITERS = Setter("whoever may write it")
# Whoever hands in what others decide, and declares how it stands: a coordinator prepares it.
SUBMITTERS = Setter("whoever writes it by another role than coordinator", right="submit")
JUDGE_NOTHING = (WRITERS, SUBMITTERS)
# Nobody sets their own limits.
LIMITS = Setter("the programme manager or the PMO", right="limit")
LIMITS_OF_PROJECT = LIMITS.never("project__project_manager")


def check_setters(user: Any, row: Any, names: Iterable[str]) -> None:
    """Raise Withheld at the first of the fields that somebody else sets on this row."""
    for name in names:
        setter = row.set_by.get(name)
        if setter and not setter.allows(user, row):
            field = row._meta.get_field(name).verbose_name.capitalize()
            never = ", never by whom it limits" if is_limited(user, row, *setter.limited) else ""
            raise Withheld(name, f"{field} is set by {setter.words}{never}.")


def check_change(
    user: Any, before: Any, after: Any, changed: Collection[str], *, moved: bool = False
) -> None:
    """Raise Withheld where a change of a row sets a field that somebody else sets, of the row as it
    was or as it will be; of one that is `moved` elsewhere, all that its fields limit goes along."""
    # What says so only of some records says it of them as they were: more of it is not less.
    silent = {name for name, setter in before.set_by.items() if not setter.speaks_of(before)}
    for row in (before, after):
        held = limiting(row, row.set_by) if moved else []
        check_setters(user, row, [name for name in (*changed, *held) if name not in silent])


def limiting(row: Any, names: Iterable[str]) -> list[str]:
    """Return the fields, of these, that only some may set and that say something on this row; where
    it belongs is not among them."""
    return [
        name
        for name in names
        if name in row.set_by
        and name not in row.visible_through
        and getattr(row, name) != row._meta.get_field(name).get_default()
    ]


def acted_for(user: Any, row: Any, names: Iterable[str]) -> str:
    """Return for whom the user writes the row and sets these fields: sides, such as `receiver`, and
    people who lend them the role to do so; empty for nobody."""
    whom = {row.set_by[name].acted_for(user, row) for name in names if name in row.set_by}
    whom.add(lent_by(user, lambda actor: can(actor, "write", row)))
    return " and ".join(sorted(whom - {""}))
