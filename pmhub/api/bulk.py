"""`/{collection}/bulk/` and `/{collection}/bulk/{verb}/`: many writes at once, all of them or none.

A file of rows is taken in the place of JSON (`imports.py`).

Each item is written by the view of its resource as if it had been sent alone, in a savepoint, so
that all that is refused is told at once, each at its item. What a commit would check is checked
once, when all items are written: two records may exchange their codes. Items are written in the
order of their ids, deletions from the last, so that the same items in another order do the same;
their records are locked in that order before any is written, so that two bulks wait for each other
and never in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.effects import effect
from pmhub.api.imports import CsvRows, XlsxRows, changes, told_by_row
from pmhub.api.parsing import Json
from pmhub.api.problems import Refused, not_found, pointer, problem_of
from pmhub.api.refusals import settle, settling_later
from pmhub.api.subrequests import item_request
from pmhub.services import person_of

MOST = 500  # items
ROUNDS = 5  # in which an item that others stood in the way of is tried again
AGAIN = (400, 409)  # how it is refused meanwhile
ACTIONS = ("bulk", "bulk_update", "bulk_destroy", "bulk_verb")
ADDRESS = ("id", "version")
STALE = "{who} saved {what} after you read it; `current` is what is stored now."

# Where an item stands in what was sent: its index, or the way to it, such as ("risks", 0).
Place = Any
Act = Callable[[], Any]
Acts = dict[Place, Act]  # in the order in which they are done
Problems = dict[Place, Refused]


class Bulk:
    """Gives a view of records the addresses of its collection in bulk. `alone` are actions on a
    record that are done to one at a time; without `in_bulk` records are not written so at all."""

    in_bulk: ClassVar[bool] = True
    alone: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Leave out the addresses that a resource has no use for."""
        super().__init_subclass__(**kwargs)
        writes: Any = Bulk.bulk if cls.in_bulk else None
        verbs: Any = Bulk.bulk_verb if cls.bulk_verbs() else None
        cls.bulk, cls.bulk_verb = writes, verbs  # type: ignore[method-assign]

    @classmethod
    def bulk_verbs(cls: Any) -> dict[str, str]:
        """The verbs that can be done in bulk, with the names of their actions."""
        return {
            action.url_path: action.mapping["post"]
            for action in cls.get_extra_actions()
            if action.detail and "post" in action.mapping and "(" not in action.url_path
            if action.mapping["post"] not in (*cls.alone, *cls.repeatable)
        }

    @action(
        detail=False,
        methods=["post"],
        url_path="bulk",
        filterset_class=None,
        parser_classes=[Json, CsvRows, XlsxRows],
    )
    @effect
    def bulk(self: Any, request: Request) -> Response:
        """Make many records: all of them or none. Rows of a file that have an id are changed."""
        items = items_of(self)

        def work() -> list[Any]:
            places = dict(enumerate(items))
            named = {i: item for i, item in places.items() if changes(items, item)}
            batch = addressed(self, named)
            acts = {i: making(self, body) for i, body in places.items() if i not in named}
            acts |= {i: changing(self, item) for i, item in batch.items.items()}
            stored = done(acts, batch.problems)
            return self.stored_rows([stored[index] for index in sorted(stored)])

        with told_by_row(items):
            return Response({"results": self.committed(work)}, 201)

    @bulk.mapping.patch
    @effect
    def bulk_update(self: Any, request: Request) -> Response:
        """Change many records, each in the version that was seen: all of them or none."""

        def work() -> list[Any]:
            batch = addressed(self, dict(enumerate(items_of(self))))
            acts = {index: changing(self, item) for index, item in batch.items.items()}
            done(acts, batch.problems)
            return self.stored_rows(batch.ids)

        return Response({"results": self.committed(work)})

    @bulk.mapping.delete
    @effect
    def bulk_destroy(self: Any, request: Request) -> Response:
        """Delete many records, each in the version that was seen: all of them or none."""

        def work() -> None:
            batch = addressed(self, dict(enumerate(items_of(self))))
            last_first = reversed([*batch.items.items()])
            done({index: _removing(self, item) for index, item in last_first}, batch.problems)

        self.committed(work)
        return Response(status=204)

    @action(
        detail=False,
        methods=["post"],
        url_path="bulk/(?P<verb>[a-z-]{1,60})",
        filterset_class=None,
    )
    @effect
    def bulk_verb(self: Any, request: Request, verb: str) -> Response:
        """Do a verb to many records, each in the version that was seen: to all of them or none."""
        name = self.bulk_verbs().get(verb)
        if name is None:
            raise Http404
        self.confirm(request, name)

        def work() -> list[Any]:
            batch = addressed(self, dict(enumerate(items_of(self))))
            acts = {index: doing(self, name, item) for index, item in batch.items.items()}
            answers = done(acts, batch.problems)
            if getattr(getattr(type(self), name), "verb", None):
                return self.stored_rows(batch.ids)
            return [answers[index].data for index in sorted(answers)]

        return Response({"results": self.committed(work)})


# What was asked for


def items_of(view: Any) -> list[Any]:
    """The items of a request; raises a 400 problem for what is no list of as many as there may
    be."""
    view.refuse_parameters()
    items = view.request.data
    if not isinstance(items, list):
        raise _whole("not_a_list", "Send a list of items.")
    if not 1 <= len(items) <= MOST:
        text = f"Send 1 to {MOST} items at once, not {len(items)}: more in several requests."
        raise _whole("too_many" if items else "empty", text)
    view.request._request.units = len(items)
    return items


def _whole(code: str, text: str) -> Refused:
    return Refused(400, code, text, errors=[{"pointer": "", "code": code, "detail": text}])


@dataclass(frozen=True, slots=True)
class Item:
    """An item that names a record, in the version that was seen; `body` is the rest of it."""

    pk: int
    version: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NamedRecords:
    """The items whose records are there and as they were seen, by index, in the order of their
    ids; and what is refused of the others."""

    items: Mapping[Place, Item]
    problems: Problems

    @property
    def ids(self) -> list[int]:
        """The ids in the order in which the items were sent."""
        return [self.items[index].pk for index in sorted(self.items)]


def addressed(view: Any, items: Mapping[Place, Any], *either: Q, **within: Any) -> NamedRecords:
    """The items with the records they name, which are locked in the order of their ids; `either`
    and `within` say which records are meant."""
    problems: Problems = {}
    named: dict[Place, Item] = {}
    seen = set[int]()
    for index, item in items.items():
        try:
            named[index] = _named(item, seen)
        except Refused as problem:
            problems[index] = problem
    rows = (
        view.get_queryset().select_for_update(of=("self",)).filter(*either, pk__in=seen, **within)
    )
    rows = rows.order_by("pk")
    stored = {row.pk: row for row in rows}
    stale = [
        item.pk
        for item in named.values()
        if item.pk in stored and stored[item.pk].version != item.version
    ]
    current = {row["id"]: row for row in view.stored_rows(stale)}
    for index, item in named.items():
        if item.pk not in stored:
            problems[index] = _at("id", 404, "not_found", not_found().text)
        elif item.pk in current:
            text = saved_since(view, stored[item.pk])
            problems[index] = _at("version", 412, "stale", text, current=current[item.pk])
    there = [(item.pk, index) for index, item in named.items() if index not in problems]
    return NamedRecords({index: named[index] for _, index in sorted(there)}, problems)


def saved_since(view: Any, row: Any) -> str:
    """Return who saved a record last, for somebody who has seen it as it was before, if they may
    know."""
    actor = row.updated_by
    person = person_of(actor) if actor and view.named(row.pk, {actor.pk}) else None
    return STALE.format(who=person or "Somebody", what=getattr(row, "code", "") or "this")


def _named(item: Any, seen: set[int]) -> Item:
    """Return what an item names; its id is added to those that were."""
    if not isinstance(item, Mapping):
        raise Refused(400, "invalid", "An item is an object with `id` and `version`.")
    if "id" not in item:
        raise _at("id", 400, "required", "Name the record by its id.")
    if not _is_whole(item["id"]):
        raise _at("id", 400, "invalid", "Give the number that is the record's id.")
    if item.get("version") is None:
        text = "Send the `version` of the record that you have seen."
        raise _at("version", 428, "version_required", text)
    if not _is_whole(item["version"]):
        raise _at("version", 400, "invalid", "Give the number that is the record's version.")
    if item["id"] in seen:
        raise _at("id", 400, "given_twice", "This record is named by two items.")
    seen.add(item["id"])
    body = {name: value for name, value in item.items() if name not in ADDRESS}
    return Item(item["id"], item["version"], body)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _at(name: str, status: int, code: str, text: str, **members: Any) -> Refused:
    errors = [{"pointer": pointer(name), "code": code, "detail": text}]
    return Refused(status, code, text, errors=errors, **members)


# What is done, by the view of the resource as if it were asked alone


def making(view: Any, body: Any) -> Act:
    """Make a record of the resource of `view`; the act returns its id."""
    one = _view(view, "POST", body)
    return lambda: one.committed(one.make)


def changing(view: Any, item: Item) -> Act:
    """Change a record, whose version was compared; the act returns its id."""
    one = _view(view, "PATCH", item.body, item.pk)
    return lambda: one.committed(lambda: one.change(item.pk, partial=True))


def _removing(view: Any, item: Item) -> Act:
    one = _view(view, "DELETE", None, item.pk)

    def remove() -> None:
        for name in item.body:
            text = "What is deleted is named by `id` and `version` alone."
            raise _at(name, 400, "unknown_field", text)
        one.committed(lambda: one.remove(item.pk))

    return remove


def doing(view: Any, name: str, item: Item) -> Act:
    """Do the action of this name to a record, whose version was compared."""
    one = _view(view, "POST", item.body, item.pk)
    one.action, method = name, getattr(one, name)
    if verb := getattr(method, "verb", None):
        return lambda: one.committed(lambda: one.turn(item.pk, verb))
    return lambda: one.committed(lambda: method(one.request, pk=str(item.pk)))


def _view(view: Any, method: str, body: Any, pk: int | None = None) -> Any:
    """The view of one item. Its record's version was compared already, and may have been raised
    since by what was done to another."""
    path = f"{view.basename}/" if pk is None else f"{view.basename}/{pk}/"
    one = type(view)(basename=view.basename, detail=pk is not None)
    one.request = item_request(view.request, method, path, body)
    one.action, one.format_kwarg, one.args = "", None, ()
    one.kwargs = {} if pk is None else {"pk": str(pk)}
    return one


def done(acts: Acts, problems: Problems) -> dict[Place, Any]:
    """Do all; raise a problem that tells all that is refused, beside what already is."""
    try:
        with transaction.atomic():
            with settling_later():
                results = _each(acts, problems)
            if not problems:
                settle()
    except IntegrityError:
        # Checked after each item, to find out whose fault it is.
        with transaction.atomic():
            _each(acts, problems)
        if not problems:
            raise
    if problems:
        raise refused(problems, len(acts) + len(problems.keys() - acts.keys()))
    return results


def _each(acts: Acts, problems: Problems) -> dict[Place, Any]:
    """Do one after the other. One that is refused may be tried again once others are done: what
    stood in its way may be gone."""
    results: dict[Place, Any] = {}
    waiting = acts
    for _ in range(ROUNDS):
        before = len(results)
        for index, act in waiting.items():
            try:
                results[index] = act()
                problems.pop(index, None)
            except Exception as error:
                problem = problem_of(error)
                if problem.status_code >= 500:
                    raise
                problems[index] = problem
        waiting = {
            index: act
            for index, act in acts.items()
            if index not in results and problems[index].status_code in AGAIN
        }
        if not waiting or len(results) == before:
            break
    return results


def refused(problems: Problems, many: int) -> Refused:
    """One problem for all that is refused: each error at its item, and in `items`, by place, the
    status, the code and what else there is to say of each."""
    told = sorted(problems.items())
    errors = [error for place, problem in told for error in _placed(place, problem)]
    statuses = {problem.status_code for problem in problems.values()}
    codes = {problem.code for problem in problems.values()}
    first = errors[0]
    text = f"Nothing was saved, for {len(problems)} of {many} items were refused."
    return Refused(
        statuses.pop() if len(statuses) == 1 else 400,
        codes.pop() if len(codes) == 1 else "items_refused",
        f"{text} {first['pointer']}: {first['detail']}",
        errors=errors,
        items={
            placed(place)[1:]: {"status": fault.status_code, "code": fault.code, **fault.members}
            for place, fault in told
        },
    )


def placed(place: Place) -> str:
    """The pointer to an item."""
    return pointer(*place) if isinstance(place, tuple) else pointer(place)


def _placed(place: Place, problem: Refused) -> list[dict[str, str]]:
    whole = [{"pointer": "", "code": problem.code, "detail": problem.text}]
    return [
        {**error, "pointer": f"{placed(place)}{error['pointer']}"}
        for error in problem.errors or whole
    ]
