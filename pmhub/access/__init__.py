"""Who sees which rows and may do what: `Model.objects.visible_to(user)`, and `can(user, verb,
row)`.

A model is a *root* of access when roles are held on it (`grant_kind`), or is reached *through* its
parents (`visible_through`, names of foreign keys): a row is visible when one of its parents is.
Roles come from role assignments and from the posts named on rows (SRO, project manager …).

A relation also declares which right the user needs to name a row in it (`Join`): on the model that
has the relation, or once on the model that is named.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from pmhub import permissions
from pmhub.access import reach
from pmhub.access.grants import (
    Grants,
    for_writing,
    grants_of,
    roots,
)
from pmhub.access.reach import Reach
from pmhub.database import past

if TYPE_CHECKING:
    from pmhub.access.setters import Setter


class ScopedQuerySet(models.QuerySet):
    """A queryset that can be narrowed to the rows that a user may see."""

    def visible_to(self, user: Any) -> Self:
        """Return the rows that the user may see; none for a stranger."""
        grants = reading_roles(self.model, grants_of(user))
        if grants.everywhere:
            return self
        if not grants.roles:
            return self.none()
        return self.filter(visibility(self.model, grants))


def visibility(model: type[Any], grants: Grants) -> Q:
    """Return the condition under which a row of the model is visible with these grants."""
    grants = reading_roles(model, grants)
    conditions = inherited(model, grants) + _role_below(model, grants)
    return functools.reduce(operator.or_, conditions, Q(pk__in=[]))


def reading_roles(model: type[Any], grants: Grants) -> Grants:
    """Return the roles that let a user read rows of the model: all of them, or only those that let
    them write such rows if the model is `for_writers`."""
    return for_writing(grants, str(model._meta.model_name)) if model.for_writers else grants


@functools.cache
def by_roles(model: Any) -> bool:
    """Return whether the rows of a model that a user sees depend only on where they hold roles, not
    on which roles these are or who the user is."""
    rows = model._default_manager.all()
    return type(rows).visible_to is ScopedQuerySet.visible_to and not model.for_writers


def reads_deleted(model: Any, user: Any) -> bool:
    """Return whether a user may read deleted rows of a model, for which nothing says any more who
    might have seen them. That takes a role on the whole organisation; where more than roles decides
    who sees such rows, one that may write them; for rows that belong to their author, the role
    PMO."""
    plain = type(model._default_manager.all()).visible_to is ScopedQuerySet.visible_to
    grants = grants_of(user)
    if model.of_author and not plain:
        return permissions.Role.PMO in grants.everywhere
    held = (
        reading_roles(model, grants) if plain else for_writing(grants, str(model._meta.model_name))
    )
    return bool(held.everywhere)


def inherited(model: type[Any], grants: Grants) -> list[Q]:
    """Return the conditions under which a role is held on the row or above it; none where no role
    is.

    A row that a user sees only because of a role on something below it is not included: a role
    passes rights down, never up.
    """
    if (whole := reach_of(model, grants)) is not None:
        return [whole.holds("pk")]
    return _role_on_or_above(model, grants)


def _role_on_or_above(model: type[Any], grants: Grants) -> list[Q]:
    held = grants.ids(model.grant_kind) if model.grant_kind else []
    conditions = [Q(pk__in=held)] if held else []
    for name in model.visible_through:
        parent = model._meta.get_field(name).related_model
        if (whole := reach_of(parent, grants)) is not None:
            conditions.append(whole.holds(name))
        elif parent.grant_kind and not parent.visible_through:
            ids = grants.ids(parent.grant_kind)
            conditions += [Q(**{f"{name}__in": ids})] if ids else []
        elif above := _role_on_or_above(parent, grants):
            rows = _any_of(parent, above).order_by().values("pk")
            few = all(map(reach.is_by_ids, above))
            conditions.append(reach.among(name, rows) if few else Q(**{f"{name}__in": rows}))
    return conditions


def _any_of(model: Any, conditions: list[Q]) -> models.QuerySet:
    rows: models.QuerySet = model._base_manager.filter(functools.reduce(operator.or_, conditions))
    return rows


def reach_of(model: Any, grants: Grants) -> Reach | None:
    """Return the ids of the rows that these roles reach, for a model that is a root of access
    within other roots; None for any other model, and where each query has to find the rows
    itself."""
    return reach.reached(model, grants, lambda: _any_of(model, _role_on_or_above(model, grants)))


def upwards(model: type[Any], grants: Grants) -> list[models.QuerySet]:
    """Return querysets of the ids of the rows of a model below which a role is held, one for each
    path up to it."""

    def ways(below: Any, ids: models.QuerySet) -> Iterator[models.QuerySet]:
        for name in below.visible_through:
            parent = below._meta.get_field(name).related_model
            above = ids.values(name)
            if parent is model:
                yield above
            yield from ways(parent, parent._base_manager.filter(pk__in=above))

    return [
        way
        for root in roots()
        if (held := grants.ids(root.grant_kind))
        for way in ways(root, root._base_manager.filter(pk__in=held))
    ]


@functools.cache
def ways_up(model: Any, kind: str) -> tuple[str, ...]:
    """Return the lookup paths from a model through its parents to a kind of object, such as
    `portfolio`; for that kind itself the path is `pk`."""
    if model._meta.model_name == kind:
        return ("pk",)
    ways: list[str] = []
    for name in model.visible_through:
        above = ways_up(model._meta.get_field(name).related_model, kind)
        ways += [name if way == "pk" else f"{name}__{way}" for way in above]
    return tuple(ways)


def _role_below(model: type[Any], grants: Grants) -> list[Q]:
    """Return the conditions under which a role is held on something below the row: whoever holds
    one sees the names of what is above it, such as the portfolio."""
    held = {path: grants.ids(kind) for path, kind in model.visible_below.items()}
    rows = model._base_manager
    return [
        Q(pk__in=rows.filter(**{f"{path}__in": ids}).values("pk"))
        for path, ids in held.items()
        if ids
    ]


class Join(StrEnum):
    """The right that a user needs on a record, beside seeing it, to make another record refer to
    it; declared by relation in `joins` of the model that refers."""

    PARENT = "parent"  # requires the right to write such a row at the named record
    POST = "post"  # requires the right to give the role that comes with the post
    WRITE = "write"  # requires the right to write the named row too, which this one changes
    SEE = "see"  # requires only that the named record is visible
    SET = "set"  # set by the product alone


class Visible:
    """What a model declares about who sees its rows, and who may name them in relations.

    `posts` are the roles that a row gives, by the field that names the holder; `seen_by` are fields
    that name a person who sees the row without a post, such as one who is asked. Rows of a model
    that is `for_writers` are read only by users who may write such rows. Roles on the parents
    decide who writes; if only some parents count, these are named in `written_through`. A row that
    is `of_author` is written by the user who made it, as long as there is one. `joins` says which
    right a relation of this model needs if it is neither parent nor post, `joined` which one
    relations of other models to this model need.
    """

    grant_kind: ClassVar[str | None] = None
    visible_through: ClassVar[tuple[str, ...]] = ()
    visible_below: ClassVar[dict[str, str]] = {}
    posts: ClassVar[dict[str, str]] = {}
    seen_by: ClassVar[tuple[str, ...]] = ()
    for_writers: ClassVar[bool] = False
    written_through: ClassVar[tuple[str, ...]] = ()
    of_author: ClassVar[bool] = False
    # Rows that only their author reads, even after their deletion.
    of_author_alone: ClassVar[Q | None] = None
    joins: ClassVar[dict[str, Join]] = {}
    joined: ClassVar[Join | None] = None
    # Field of the person the row is about; erasing that person erases the row.
    told_of: ClassVar[str] = ""
    # Fields of people that a merger moves even in settled rows.
    about_whom: ClassVar[tuple[str, ...]] = ()
    set_by: ClassVar[Mapping[str, Setter]] = {}
    shown_to: ClassVar[
        Mapping[str, Any]
    ] = {}  # by field, who sees it (`pmhub/access/restricted_fields.py`)

    @property
    def parties(self) -> tuple[str, ...]:
        """The lookup paths from the row to the people who have a part in what is decided about
        it."""
        return ()

    @property
    def noun(self) -> str:
        """The kind of row under which the table of rights lists this model."""
        row: Any = self
        return str(row._meta.model_name)

    @property
    def rights_from(self) -> Any:
        """The row whose roles decide about this one: this row or the one it is a part of; None if
        that no longer exists."""
        return self

    def judges_own(self, user: Any) -> bool:
        """Return whether the user, by writing this row, would judge their own work."""
        return False


def join_of(model: type[Any], name: str) -> Join | None:
    """Return the right that a relation of a model needs; None if nothing is declared."""
    relation = model._meta.get_field(name)
    if name in model.joins:
        return model.joins[name]
    if name in model.posts.values():
        return Join.POST
    if name in model.visible_through:
        return Join.PARENT
    return getattr(relation.related_model, "joined", None) if relation.editable else Join.SET


def roles_on(user: Any, row: Any) -> frozenset[str]:
    """Return the roles that the user holds on the row, on its parents and on the organisation."""
    row = row.rights_from
    return _roles(grants_of(user), row, row.visible_through) if row else frozenset()


def _roles(grants: Grants, row: Any, through: Collection[str]) -> frozenset[str]:
    roles = grants.everywhere
    if row.grant_kind:
        roles |= grants.on(row.grant_kind, row.pk)
    for name in through:
        parent = getattr(row, name, None)  # a new row may not name its parent yet
        if parent is not None:
            roles |= _roles(grants, parent, parent.visible_through)
    return roles


JUDGED: Mapping[str, Callable[[frozenset[str]], bool]] = {
    "verify": permissions.may_verify,
    "validate": permissions.may_validate,
    "declare": permissions.may_declare,
    "assure": permissions.may_assure,
    "limit": permissions.may_limit,
    "steer": permissions.may_steer,
}


def _counting(user: Any, row: Any) -> Grants:
    """Return those of a user's roles that count for a row. Lent roles do not count for a user who
    leads the project or programme by a role of their own: they would set and judge their own
    limits."""
    grants = grants_of(user)
    if grants.lent and permissions.leads(_roles(grants.own, row, row.visible_through)):
        return grants.own
    return grants


def can(user: Any, verb: str, row: Any) -> bool:
    """Return whether the user may do this to the row: `view`, `write`, `submit`, `verify`,
    `approve`, `validate`, `declare`, `assure`, `limit`, `steer`.

    For a row not saved yet, its parents decide; ask again after changing a parent. In the past only
    `view` is ever allowed.
    """
    does = verb != "view"
    if does and row.of_author and row.created_by_id is not None:
        mine = row.created_by_id == user.pk and not past.is_past()
        return mine and bool(grants_of(user).roles)
    row = row.rights_from
    if row is None or (does and past.is_past()):
        return False
    if not does:
        return bool(roles_on(user, row))
    roles = _roles(_counting(user, row), row, row.written_through or row.visible_through)
    if verb == "approve":
        return permissions.may_approve(roles, row.noun)
    if judged := JUDGED.get(verb):
        return judged(roles)
    may = permissions.may_submit if verb == "submit" else permissions.may_write
    return may(roles, row.noun) and not row.judges_own(user)


def lenders_on(user: Any, row: Any) -> frozenset[int]:
    """Return the ids of the people in whose place the user may vote about a row: those who lend
    them, on the row or above it, a role that votes."""
    grants = grants_of(user)
    if not grants.lendings or permissions.leads(_roles(grants.own, row, row.visible_through)):
        return frozenset()
    lent: Any = Grants()  # grants that lenders have, in place of roles
    for kind, id, role, giver in grants.lendings:
        if role in permissions.VOTERS:
            lent.roles[kind, id].add(giver)
    lenders: Any = _roles(lent, row, row.visible_through)
    return frozenset(lenders)


ONLY_SEEN = "You may see this and not join anything with it."


def may_join(user: Any, row: Any, name: str) -> bool:
    """Return whether the user may name the row that the relation `name` of `row` names now."""
    other = getattr(row, name)
    if other is None or (join_of(type(row), name) or Join.WRITE) != Join.WRITE:
        return True
    return can(user, "write", other) or permissions.may_write(roles_on(user, other), row.noun)


class Withheld(PermissionDenied):
    """Raised when the user may write the record, but not this field of it, or not with this
    value."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field, self.text = field, text


def holders(row: Any, post: str) -> set[int]:
    """Return the ids of the people who hold a post on a row; `post` is the field that names
    them."""
    if row._meta.get_field(post).many_to_many:
        return set(getattr(row, post).values_list("pk", flat=True))
    holder = getattr(row, f"{post}_id")
    return set() if holder is None else {holder}
