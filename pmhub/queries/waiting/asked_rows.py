"""Queries for rows that concern a user, compiled once for all users with the same kinds of
roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.access import reach_of
from pmhub.access.grants import ORGANISATION, Grants, Reader, grants_of
from pmhub.access.posts import ASSIGNED
from pmhub.access.reach import ReadReach
from pmhub.caching import BoundedCache
from pmhub.database.cached_reads import CachedReads
from pmhub.database.noted_sql import rows_of_text
from pmhub.database.statements import DAY, ID, IDS, NAMED, Statement, named_text
from pmhub.models import Delegation, Person
from pmhub.queries.waiting.rule import Asker

TEXTS, TEXT = 8_000_000, 1_500  # bytes of queries kept by a process, and of one beside its SQL
PEOPLE = 500_000  # bytes kept about who is near whom

# Ids that stand for what is given later: the user's person and account, the people near them and
# the accounts of these; from here down people who lend roles, objects on which roles are held, what
# is reached from these, and lists of a rule.
PERSON, ACCOUNT, NEAR, ACCOUNTS = (-(10**12) - place for place in range(4))
LENDERS, PLACES, REACHED, LISTS = (-(10**12) * place for place in range(2, 6))

Place = tuple[str, int]  # the kind and the id of an object on which roles are held

DELEGATIONS = Statement(
    lambda: (
        Delegation.objects.current(DAY)
        .filter(Q(giver=ID) | Q(deputy=ID))
        .values_list("giver", "deputy")
    )
)
USERS = Statement(
    lambda: Person.objects.filter(pk__in=[IDS], user__isnull=False).values_list("user")
)
_people = CachedReads(PEOPLE)


class Held(NamedTuple):
    """What is held on an object of this kind: the user's roles, the lent ones among them, all that
    are lent to them with the number of the lender, and the roles of the people near them."""

    kind: str
    roles: tuple[str, ...]
    lent: tuple[str, ...]
    lendings: tuple[tuple[str, int], ...]
    near: tuple[str, ...]


class Shape(NamedTuple):
    """What users have in common for whom a query is the same: whether they are in the directory,
    how many people lend them roles, and what they hold on some object."""

    in_directory: bool
    lenders: int
    held: tuple[Held, ...]


class AskingUser:
    """A user who asks what waits for them: their `shape`, the values that are `given` for it, and a
    `key` that differs from that of every user for whom anything else may wait."""

    def __init__(self, user: Any) -> None:
        person, today = getattr(user, "person", None), timezone.localdate()
        self.user, self.person = user, person.pk if person else None
        pairs = _people.rows(DELEGATIONS, id=self.person, day=today) if person else []
        near = {self.person or 0}.union(*pairs)
        others = sorted(near - {self.person or 0})
        users = _people.rows(USERS, others) if others else []
        self._grants = grants_of(user)
        self._near = Grants(defaultdict(set, self._grants.own.roles))
        for kind, id, role, _ in _people.rows(ASSIGNED, others, day=today) if others else []:
            self._near.roles[kind, id].add(role)
        lenders = sorted({giver for *_, giver in self._grants.lendings})
        self._places = self._places_by_what_is_held(lenders)
        self.shape = Shape(person is not None, len(lenders), tuple(self._places))
        self.given: dict[str, Any] = {
            "person": self.person,
            "account": user.pk,
            "near": sorted(near),
            "accounts": sorted({user.pk}.union(*users)),
            **{f"lender_{number}": giver for number, giver in enumerate(lenders)},
            **{f"held_{number}": ids for number, ids in enumerate(self._places.values())},
        }
        values = (tuple(each) if isinstance(each, list) else each for each in self.given.values())
        self.key: Hashable = self.shape, tuple(values)

    def _places_by_what_is_held(self, lenders: list[int]) -> dict[Held, list[int]]:
        lent, lendings = defaultdict[Place, list[str]](list), defaultdict[Place, list[Any]](list)
        for kind, id, role in self._grants.lent:
            lent[kind, id].append(role)
        for kind, id, role, giver in self._grants.lendings:
            lendings[kind, id].append((role, lenders.index(giver)))
        own, near = self._grants.roles, self._near.roles
        places = defaultdict[Held, list[int]](list)
        for at in sorted({*own, *lendings, *near}):
            here = (own.get(at, ()), lent[at], lendings[at], near.get(at, ()))
            places[Held(at[0], *(tuple(sorted(each)) for each in here))].append(at[1])
        return dict(sorted(places.items()))

    def reached(self, model: Any, held: tuple[Place, ...]) -> str | None:
        """Return the ids of the records of a model that are reached from the objects for which
        these ids stand; None if each query has to find them itself."""
        ids = [*self._places.values()]
        places = [(kind, id) for kind, stands in held for id in ids[PLACES - stands]]
        reach = reach_of(model, Grants({place: {place[0]} for place in places}))
        return reach.ids if isinstance(reach, ReadReach) else None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A query that was compiled for a shape, without SQL if it finds nothing for any user of the
    shape. `names` are those of its values. `reached` are, by name, a model and the objects from
    which its records are reached."""

    sql: str = ""
    names: tuple[str, ...] = ()
    reached: Mapping[str, tuple[Any, tuple[Place, ...]]] = field(default_factory=dict)


_compiled = BoundedCache(TEXTS)


class AskedRows:
    """A queryset of tuples that concern a user, called as `rows(asker)`, with lists of ids by the
    names as which `build` has them `listed`. `build` is called with a stand-in for the user, and
    the query is compiled once a day for all users of the same shape."""

    def __init__(self, build: Callable[[Asker], QuerySet[Any, Any]]) -> None:
        self._build = build

    def __call__(self, asker: AskingUser, **lists: list[int]) -> list[Any]:
        """Return the rows for this user."""
        compiled = self._for(asker.shape, reaching=True)
        reached = {name: asker.reached(*of) for name, of in compiled.reached.items()}
        if None in reached.values():
            compiled, reached = self._for(asker.shape, reaching=False), {}
        if not compiled.sql:
            return []
        given = {**asker.given, **reached, **lists}
        return rows_of_text(compiled.sql, [given[name] for name in compiled.names])

    def _for(self, shape: Shape, *, reaching: bool) -> _Compiled:
        key = self, shape, reaching, timezone.localdate()  # a rule may ask about today
        compiled: _Compiled | None = _compiled.get(key)
        if compiled is None:
            compiled = _StandIns(shape, reaching=reaching).compiled(self._build)
            _compiled.put(key, compiled, TEXT + len(compiled.sql))
        return compiled


class _StandIns:
    """The ids that stand for the values of any user of a shape, with the names by which these are
    given. Unless `reaching`, queries find themselves what is reached."""

    def __init__(self, shape: Shape, *, reaching: bool) -> None:
        self._shape, self._reaching = shape, reaching
        self._lists = {NEAR: "near", ACCOUNTS: "accounts"}
        self._single = {PERSON: "person", ACCOUNT: "account"}
        self._single |= {LENDERS - number: f"lender_{number}" for number in range(shape.lenders)}
        self._reached: dict[tuple[Any, tuple[Place, ...]], int] = {}

    def compiled(self, build: Callable[[Asker], QuerySet[Any, Any]]) -> _Compiled:
        """Return the query that `build` returns for a stand-in, compiled."""
        queryset = build(self._asker())
        try:
            sql, parameters = queryset.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            return _Compiled()
        names = self._single | self._lists
        types = dict.fromkeys(self._single.values(), "bigint")
        types |= dict.fromkeys(self._lists.values(), "bigint[]")
        text, constants = named_text(sql, parameters, names, types)
        text = _with_literals(text, constants)
        used = tuple(NAMED.findall(text))
        reached = {self._lists[id]: of for of, id in self._reached.items()}
        return _Compiled(
            NAMED.sub("%s", text), used,
            {name: of for name, of in reached.items() if name in used},
        )  # fmt: skip

    def _asker(self) -> Asker:
        grants, near = self._grants(), Grants(defaultdict(set), reached=self._reach)
        for place, held in self._places():
            near.roles[place] |= {*held.near}
        near.roles = {place: roles for place, roles in near.roles.items() if roles}
        person = PERSON if self._shape.in_directory else None
        return Asker(_User(grants), person, [NEAR], [ACCOUNTS], near, self._listed)

    def _grants(self) -> Grants:
        grants = Grants(reached=self._reach)
        for place, held in self._places():
            if held.roles:
                grants.roles[place] = {*held.roles}
            grants.lent |= {(*place, role): 0 for role in held.lent}
            grants.lendings += [(*place, role, LENDERS - giver) for role, giver in held.lendings]
        return grants

    def _places(self) -> list[tuple[Place, Held]]:
        places = []
        for number, held in enumerate(self._shape.held):
            id = 0 if held.kind == ORGANISATION else PLACES - number
            self._lists |= {id: f"held_{number}"} if id else {}
            places.append(((held.kind, id), held))
        return places

    def _reach(self, model: Any, held: tuple[Place, ...]) -> int | None:
        if not self._reaching:
            return None
        id = self._reached.setdefault((model, held), REACHED - len(self._reached))
        self._lists[id] = f"reached_{REACHED - id}"
        return id

    def _listed(self, name: str) -> list[int]:
        id = next((id for id, known in self._lists.items() if known == name), None)
        if id is None:
            id = LISTS - len(self._lists)
            self._lists[id] = name
        return [id]


def _with_literals(text: str, constants: Mapping[str, Any]) -> str:
    """Return SQL with these values in it: its plan for all users depends on them."""
    with connection.cursor() as cursor:
        literals = {
            name: cursor.mogrify("%s", [value]).decode().replace("%", "%%")
            for name, value in constants.items()
        }
    return NAMED.sub(lambda place: literals.get(place[1], place[0]), text)


class _User(Reader):
    """Stands, while a query is compiled, for any user with these grants."""

    def __init__(self, grants: Grants) -> None:
        self._grants, self.pk = grants, ACCOUNT
