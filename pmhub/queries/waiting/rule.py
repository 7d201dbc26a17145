"""The declaration of a rule about what waits for people, and whoever it is asked for."""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact

from pmhub.access import ways_up
from pmhub.access.grants import Grants, grants_of, holding
from pmhub.access.posts import post_at
from pmhub.access.restricted_fields import on_or_above
from pmhub.lifecycle import find_move
from pmhub.models import Comment
from pmhub.page_addresses import address_of
from pmhub.permissions import LEADERS, VOTERS, Role
from pmhub.queries.places import Place
from projects.queries import day_of, first_path

MOST = 500  # findings of one rule
NOBODY = Q(pk__in=[])
AUTHOR = "created_by__person"  # the author, among the parties of a model
AHEAD = timedelta(days=14)  # how long before its day a record begins to wait
WEEK = timedelta(days=7)
PAST = timedelta(days=-1)  # waits only once its day has passed
# How soon something is due, in the order in which it is shown.
OVERDUE, SOON, UNDATED, LATER = URGENCIES = ("overdue", "soon", "undated", "later")


@dataclass(frozen=True, slots=True, eq=False)
class Asker:
    """Stands, while a rule is compiled, for a user who asks what waits for them: ids stand for what
    differs between users (`pmhub/queries/waiting/asked_rows.py`). Without a person in the
    directory, no rule finds anything that names the user.

    `near` are the ids of the person and of those with whom they share a delegation today,
    `accounts` those of their users, `held_near` the roles that they hold themselves. `listed`
    returns what stands for a list of ids that a rule gives later, by its name.
    """

    user: Any
    person: int | None
    near: Sequence[int]
    accounts: Sequence[int]
    held_near: Grants
    listed: Callable[[str], list[int]]

    def named(self, *fields: str) -> Q:
        """Return the condition that the row names the person in one of these fields."""
        if self.person is None:
            return NOBODY
        return any_of(Q(**{name: self.person}) for name in fields)

    def holding(self, model: Any, roles: Collection[Role], *, vacant: Q = NOBODY) -> Q:
        """Return the condition that the person holds one of the roles on the row or above it. The
        PMO is asked only where `vacant` holds, which says that those asked otherwise are missing.
        Lent roles do not count for a person who leads the project or programme by a role of their
        own."""
        nearest = frozenset(roles) - {Role.PMO}
        grants = grants_of(self.user)
        condition = self._on(model, grants.own, nearest)
        if Role.PMO in roles:
            condition |= self._on(model, grants.own, frozenset({Role.PMO})) & vacant
        if grants.lent:
            leads = self._on(model, grants.own, LEADERS)
            condition |= self._on(model, _lent(grants), nearest) & ~leads
        return condition

    def standing_in(self, model: Any, decides: Callable[[int], Q]) -> Q:
        """Return the condition that the person votes about the row in the place of somebody who
        decides it (`decides`, by their id) and lends them, on the row or above it, a role that
        votes."""
        grants = grants_of(self.user)
        lent: dict[int, Grants] = defaultdict(lambda: Grants(reached=grants.reached))
        for kind, id, role, giver in grants.lendings:
            if role in VOTERS:
                lent[giver].roles[kind, id].add(role)
        condition = any_of(
            on_or_above(model, held) & decides(giver) for giver, held in lent.items()
        )
        return condition & ~self._on(model, grants.own, LEADERS) if lent else NOBODY

    @staticmethod
    def _on(model: Any, grants: Grants, roles: frozenset[Role]) -> Q:
        return on_or_above(model, holding(grants, roles))

    def concerned(self, *fields: str) -> Q:
        """Return the condition that one of these fields names the person, a deputy of theirs, or
        somebody whose deputy they are: what a deputy does counts as done by the other."""
        return any_of(Q(**{f"{name}__in": self.near}) for name in fields)

    def has_part(self, model: Any) -> Q:
        """Return the condition that one of these people has a part in the row, by the `parties` of
        the model, so that others decide it."""
        named = [name for name in model.parties if name != AUTHOR]
        part = self.concerned(*named) | self._leads(model, named)
        return part | self.wrote if AUTHOR in model.parties else part

    def _leads(self, model: Any, ways: Iterable[str]) -> Q:
        """Return the condition that one of these people holds, by an assignment, the role of a post
        to which one of the paths leads, there or above."""
        part = NOBODY
        for post in filter(None, (post_at(model, way) for way in ways)):
            grants = holding(self.held_near, frozenset({Role(post.role)}))
            if not grants.roles:
                continue
            home = "__".join(post.above)
            there = post.model._base_manager.filter(on_or_above(post.model, grants))
            part |= Q(**{f"{home or 'pk'}__in": there.order_by().values("pk")})
        return part

    @property
    def wrote(self) -> Q:
        """The condition that one of these people created the row."""
        return Q(created_by__in=self.accounts)


def any_of(conditions: Iterable[Q]) -> Q:
    """Return the condition that at least one of these holds; for none of them, one that never
    holds."""
    return functools.reduce(operator.or_, conditions, NOBODY)


def _lent(grants: Grants) -> Grants:
    """Return the lent ones among these roles."""
    lent: dict[tuple[str, int], set[str]] = defaultdict(set)
    for kind, id, role in grants.lent:
        lent[kind, id].add(role)
    return Grants(lent, reached=grants.reached)


def vacant(*posts: str) -> Q:
    """Return the condition that nobody holds any of these posts."""
    return Q(**{f"{post}__isnull": True for post in posts})


def said_by(owner: str, model: Any) -> Q:
    """Return the condition that the person named in the field `owner` wrote the last comment on the
    row."""
    comments = Comment.objects.filter(record_type=model._meta.model_name, record_id=OuterRef("pk"))
    last = comments.order_by("-id").values("created_by__person")[:1]
    return Q(Exact(F(owner), Coalesce(Subquery(last), 0)))


def comments(collection: str, id: int, _: Any) -> str:
    """Return the address of the form for comments on a record."""
    return f"{address_of('record', collection, id)}#comment-form"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule about what waits for people.

    It finds the rows of `model` (in REST `collection`) that fulfil `waits`, that `asks` selects for
    the asker, and that the asker may see; `who` says in words for whom they wait. A row waits from
    the time `ahead` before its day `due` on, in the time zone of its portfolio; if the rule or the
    row has no day, at once. `verb` is the verb that settles it, on the page of the record. Without
    a verb, `does` says in words what to do, and `form` returns the address where, from the id of
    the row and its status date.

    `code` and `called` name a row. It belongs to the project and the programme to which its parents
    lead; if there are several paths, those that begin with `home` count. A rule is `lasting` if no
    state says since when a row waits or who asked, as with a project whose report is due: then a
    row without a day does not wait. `needs` returns, for the user who asks, lists of ids that
    `asks` names as `listed`: what SQL cannot say.
    """

    name: str
    title: str
    model: Any
    collection: str
    who: str
    waits: Q
    asks: Callable[[Asker], Q]
    called: Any
    code: str = ""
    due: Any = None
    ahead: timedelta | None = AHEAD
    verb: str = ""
    does: str = ""
    form: Callable[[int, Any], str] | None = None
    home: str = ""
    lasting: bool = False
    needs: Callable[[Any], Mapping[str, list[int]]] | None = None

    @property
    def words(self) -> str:
        """What is to be done, in words."""
        return self.does or find_move(self.model, self.verb)[1].does

    def address(self, id: int, day: Any) -> str:
        """Return the address where it is done: that of `form`, or the record's page, at the form of
        the verb if there is one."""
        if self.form is not None:
            return self.form(id, day)
        page = address_of("record", self.collection, id)
        return f"{page}#{self.verb}-form" if self.verb else page

    def finds(self, asker: Asker, *, early: bool = False) -> QuerySet[Any, tuple[Any, ...]]:
        """Return at most `MOST` rows that wait for the asker, the first due first: id, code, name,
        project, programme, day due, and the status date of their portfolio. With `early`, also
        those that will wait later."""
        day = day_of(*self._ways("portfolio"))
        rows = self.model.objects.visible_to(asker.user).annotate(_day=day, _due=self._due_day())
        rows = rows.filter(self.waits, self.asks(asker))
        if self.due is not None and self.ahead is not None and not early:
            undated = NOBODY if self.lasting else Q(_due__isnull=True)
            rows = rows.filter(undated | Q(_due__lte=F("_day") + self.ahead))
        return rows.order_by(F("_due").asc(nulls_last=True), "pk").values_list(
            "pk",
            self._text(self.code),
            self._text(self.called),
            self._first(self._ways("project")),
            self._first(self._ways("programme")),
            "_due",
            "_day",
        )[:MOST]

    def names(self, ids: Iterable[int]) -> QuerySet[Any, tuple[int, str, str]]:
        """Return the id, code and name of these rows, as Home shows them."""
        rows = self.model._base_manager.filter(pk__in=ids)
        return rows.values_list("pk", self._text(self.code), self._text(self.called))

    def _due_day(self) -> Any:
        if self.due is None:
            return Value(None, output_field=DateField())
        return F(self.due) if isinstance(self.due, str) else self.due

    def _ways(self, kind: str) -> list[str]:
        return [way for way in ways_up(self.model, kind) if way.startswith(self.home)]

    @staticmethod
    def _first(ways: Sequence[str]) -> Any:
        """Return an expression for the first id at the end of these lookup paths that is not
        empty."""
        if not ways:
            return Value(None, output_field=BigIntegerField())
        return Cast(first_path(*ways), BigIntegerField())

    @staticmethod
    def _text(column: Any) -> Any:
        if not isinstance(column, str):
            return column
        return Cast(column, CharField()) if column else Value("")


@dataclass(frozen=True, slots=True)
class Finding:
    """A record that waits for a person by a rule. `place` is its project or else its programme, as
    (collection, id, code, name); None if the person may see neither. `programme` is the id of its
    programme, if they may see that."""

    rule: Rule
    person: int | None
    id: int
    code: str
    called: str
    due: date | None
    day: date
    programme: int | None = None
    place: Place | None = None

    @property
    def key(self) -> str:
        """A text that identifies the finding among all others, for as long as it waits."""
        return f"{self.rule.name}:{self.id}:{self.person or ''}"

    @property
    def urgency(self) -> str:
        """How soon it is due, as of the status date."""
        if self.due is None:
            return UNDATED
        if self.due < self.day:
            return OVERDUE
        return SOON if self.due <= self.day + WEEK else LATER

    @property
    def page(self) -> str:
        """The address of the record's page."""
        return address_of("record", self.rule.collection, self.id)

    @property
    def does(self) -> str:
        """The address where it is settled."""
        return self.rule.address(self.id, self.day)
