"""The writes of a bulk, item by item: each in a savepoint as if it had been sent alone, and all of
them or none (`bulk.py` says how)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from pmhub.api.problems import Problem, not_found, pointer, problem_of
from pmhub.api.refusals import settle, settling_later
from pmhub.api.subrequests import item_request
from pmhub.services import person_of

MOST = 500  # items
ROUNDS = 5  # of attempts at items that others prevented
AGAIN = (400, 409)  # statuses of items that are tried again
ACTIONS = ("bulk", "bulk_update", "bulk_destroy", "bulk_verb")
ADDRESS = ("id", "version")
STALE = "{who} saved {what} after you read it; `current` is what is stored now."

# The place of an item in the request: its index, or a path such as ("risks", 0).
Place = Any
Act = Callable[[], Any]
Acts = dict[Place, Act]  # in the order in which they are done
Problems = dict[Place, Problem]


@dataclass(frozen=True, slots=True)
class Item:
    """An item that names a record by `id` and `version`; `body` is the rest of the item."""

    pk: int
    version: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NamedRecords:
    """The items whose records exist in the version that they name, by index, in the order of the
    records' ids; and the problems of the other items."""

    items: Mapping[Place, Item]
    problems: Problems

    @property
    def ids(self) -> list[int]:
        """The ids in the order in which the items were sent."""
        return [self.items[index].pk for index in sorted(self.items)]


def addressed(view: Any, items: Mapping[Place, Any], *either: Q, **within: Any) -> NamedRecords:
    """Return the items with the records that they name, which are locked in the order of their ids.
    A record outside the filters `either` and `within` counts as missing."""
    problems: Problems = {}
    named: dict[Place, Item] = {}
    seen = set[int]()
    for index, item in items.items():
        try:
            named[index] = _named(item, seen)
        except Problem as problem:
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
    """Return the sentence for a user whose version of a record is out of date: who saved it last,
    by name only where the user may know it."""
    actor = row.updated_by
    person = person_of(actor) if actor and view.named(row.pk, {actor.pk}) else None
    return STALE.format(who=person or "Somebody", what=getattr(row, "code", "") or "this")


def _named(item: Any, seen: set[int]) -> Item:
    """Return an item as id, version and body, and add its id to `seen`; raises a problem for an
    item that names no record, or one that is in `seen`."""
    if not isinstance(item, Mapping):
        raise Problem(400, "invalid", "An item is an object with `id` and `version`.")
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


def _at(name: str, status: int, code: str, text: str, **members: Any) -> Problem:
    errors = [{"pointer": pointer(name), "code": code, "detail": text}]
    return Problem(status, code, text, errors=errors, **members)


# The acts, which the view of the resource does as if each item were sent alone


def making(view: Any, body: Any) -> Act:
    """Return an act that makes a record of the resource of `view` and returns its id."""
    one = _view(view, "POST", body)
    return lambda: one.committed(one.make)


def changing(view: Any, item: Item) -> Act:
    """Return an act that changes a record, whose version was compared before, and returns the
    id."""
    one = _view(view, "PATCH", item.body, item.pk)
    return lambda: one.committed(lambda: one.change(item.pk, partial=True))


def removing(view: Any, item: Item) -> Act:
    one = _view(view, "DELETE", None, item.pk)

    def remove() -> None:
        for name in item.body:
            text = "What is deleted is named by `id` and `version` alone."
            raise _at(name, 400, "unknown_field", text)
        one.committed(lambda: one.remove(item.pk))

    return remove


def doing(view: Any, name: str, item: Item) -> Act:
    """Return an act that does the view's action `name` to a record, whose version was compared
    before."""
    one = _view(view, "POST", item.body, item.pk)
    one.action, method = name, getattr(one, name)
    if verb := getattr(method, "verb", None):
        return lambda: one.committed(lambda: one.turn(item.pk, verb))
    return lambda: one.committed(lambda: method(one.request, pk=str(item.pk)))


def _view(view: Any, method: str, body: Any, pk: int | None = None) -> Any:
    """Return a view for one item, whose request matches any version: that of the record was
    compared before, and another item may have raised it since."""
    path = f"{view.basename}/" if pk is None else f"{view.basename}/{pk}/"
    one = type(view)(basename=view.basename, detail=pk is not None)
    one.request = item_request(view.request, method, path, body)
    one.action, one.format_kwarg, one.args = "", None, ()
    one.kwargs = {} if pk is None else {"pk": str(pk)}
    return one


def done(acts: Acts, problems: Problems) -> dict[Place, Any]:
    """Do all acts in one transaction and return their results by place; raises one problem for all
    refused items, those of `problems` among them."""
    try:
        with transaction.atomic():
            with settling_later():
                results = _each(acts, problems)
            if not problems:
                settle()
    except IntegrityError:
        # Again with checks after each item, to find out which item violates a constraint.
        with transaction.atomic():
            _each(acts, problems)
        if not problems:
            raise
    if problems:
        raise combined_problem(problems, len(acts) + len(problems.keys() - acts.keys()))
    return results


def _each(acts: Acts, problems: Problems) -> dict[Place, Any]:
    """Do the acts one after the other; return the results by place and add the refusals to
    `problems`. A refused act is tried again after the others, which may have removed what stood in
    its way."""
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


def combined_problem(problems: Problems, many: int) -> Problem:
    """Return one problem for all refused items: each error with the pointer of its item, and in
    `items`, by pointer, the status, code and further members of each item's problem."""
    problems_by_index = sorted(problems.items())
    errors = [error for place, problem in problems_by_index for error in _placed(place, problem)]
    statuses = {problem.status_code for problem in problems.values()}
    codes = {problem.code for problem in problems.values()}
    first = errors[0]
    text = f"Nothing was saved, for {len(problems)} of {many} items were refused."
    return Problem(
        statuses.pop() if len(statuses) == 1 else 400,
        codes.pop() if len(codes) == 1 else "items_refused",
        f"{text} {first['pointer']}: {first['detail']}",
        errors=errors,
        items={
            item_pointer(place)[1:]: {
                "status": fault.status_code,
                "code": fault.code,
                **fault.members,
            }
            for place, fault in problems_by_index
        },
    )


def item_pointer(place: Place) -> str:
    """Return the JSON pointer to an item."""
    return pointer(*place) if isinstance(place, tuple) else pointer(place)


def _placed(place: Place, problem: Problem) -> list[dict[str, str]]:
    whole = [{"pointer": "", "code": problem.code, "detail": problem.text}]
    return [
        {**error, "pointer": f"{item_pointer(place)}{error['pointer']}"}
        for error in problem.errors or whole
    ]
