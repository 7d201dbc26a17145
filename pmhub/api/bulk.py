"""`/{collection}/bulk/` and `/{collection}/bulk/{verb}/`: many writes at once, all of them or none.

A file of rows is taken in the place of JSON (`imports.py`).

The view of the resource writes each item in a savepoint, as if it had been sent alone. So the
answer names every item that is refused. Deferred checks run once, after all items: two records may
exchange their codes. Items are written in the order of their ids, deletions from the last, so that
the same items in another order have the same effect. Their records are locked in that order first,
so that two bulks never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.http import Http404
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.bulk_acts import (
    MOST,
    Act,
    Acts,
    NamedRecords,
    addressed,
    changing,
    doing,
    done,
    making,
    removing,
)
from pmhub.api.effects import effect
from pmhub.api.import_jobs import deferred
from pmhub.api.import_matching import cleared_cells, unchanged_rows
from pmhub.api.imports import MOST as MOST_ROWS
from pmhub.api.imports import OPTIONS, CsvRows, Rows, XlsxRows, changes, located_by_row
from pmhub.api.parameters import check_known
from pmhub.api.parsing import Json
from pmhub.api.problems import Problem
from pmhub.api.table_jobs import run_of


class Bulk:
    """Gives a view of records the bulk addresses of its collection. `alone` names actions on a
    record that have no bulk; without `in_bulk` records are not made, changed or deleted in bulk."""

    in_bulk: ClassVar[bool] = True
    alone: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Remove the bulk addresses that a resource has no use for."""
        super().__init_subclass__(**kwargs)
        writes: Any = Bulk.bulk if cls.in_bulk else None
        verbs: Any = Bulk.bulk_verb if cls.bulk_verbs() else None
        cls.bulk, cls.bulk_verb = writes, verbs  # type: ignore[method-assign]

    @classmethod
    def bulk_verbs(cls: Any) -> dict[str, str]:
        """Return the verbs that can be done in bulk, with the names of their actions."""
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
        """Make many records: all of them or none. In a file, a row with an id changes that record,
        unless the row holds only what is stored; `cleared` lists the values that empty cells took
        away. A file of more than 500 rows is left to a job."""
        items = items_of(self)
        if later := deferred(self, items):
            return later

        view: Any = self

        def work() -> dict[str, Any]:
            unread = items.problems if isinstance(items, Rows) else {}
            places = {i: item for i, item in enumerate(items) if i not in unread}
            named = {i: item for i, item in places.items() if changes(items, item)}
            batch = addressed(self, named)
            cleared = {"cleared": lost} if (lost := cleared_values(self, items, batch)) else {}
            new = {i: body for i, body in places.items() if i not in named}
            acts = {i: making(self, new[i]) for i in in_turn(view.model, new)}
            as_is = unchanged_rows(self, batch.items) if isinstance(items, Rows) else {}
            acts |= {i: changing(self, batch.items[i]) for i in batch.items if i not in as_is}
            stored = done(reported_acts(request, acts), batch.problems | unread) | as_is
            return {"results": view.stored_rows([stored[i] for i in sorted(stored)])} | cleared

        with located_by_row(items):
            return Response(view.committed(work), 201)

    def previewed(self: Any, request: Request, work: Callable[[], Response]) -> Response:
        """Return the answer of a preview; for a long file, that of the job that makes the
        preview."""
        later = deferred(self, request.data) if self.action == "bulk" else None
        answer: Response = later or super().previewed(request, work)  # type: ignore[misc]  # of Effects
        return answer

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
            done({index: removing(self, item) for index, item in last_first}, batch.problems)

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


# Reading the request


def items_of(view: Any) -> list[Any]:
    """Return the items of a request; raises a 400 problem for a body that is no list, an empty one
    or one that is too long."""
    items = view.request.data
    rows = isinstance(items, Rows)
    check_known(view.request, {*OPTIONS} if rows else set())
    if rows and view.action != "bulk":
        items.check_read()
    if not isinstance(items, list):
        raise _whole("not_a_list", "Send a list of items.")
    if not 1 <= len(items) <= (MOST_ROWS if rows else MOST):
        text = f"Send 1 to {MOST} items at once, not {len(items)}: more in several requests."
        raise _whole("too_many" if items else "empty", text)
    view.request._request.units = len(items)
    return items


def in_turn(model: Any, items: Mapping[int, Any]) -> list[int]:
    """Return the places of new records in the order in which they are stored: as they were sent, or
    by their day where no record may be older than those that are stored."""
    if not model.in_turn:
        return [*items]

    def day(place: int) -> tuple[bool, str]:
        body = items[place]
        given = body.get(model.in_turn) if isinstance(body, Mapping) else None
        return not given, str(given)

    return sorted(items, key=day)


def cleared_values(view: Any, items: Any, batch: NamedRecords) -> list[dict[str, Any]]:
    """Return the values that the empty cells of a file take away from the records that it
    changes."""
    ids = {index: item.pk for index, item in batch.items.items()}
    return [*cleared_cells(view, items, ids)] if isinstance(items, Rows) else []


def reported_acts(request: Request, acts: Acts) -> Acts:
    """Return the acts of a request; within a job, each first reports the job's progress, which ends
    a job that is not wanted any more."""
    run = run_of(request)
    if run is None:
        return acts

    def told(number: int, act: Act) -> Any:
        run.going(number, len(acts))
        return act()

    return {place: partial(told, n, act) for n, (place, act) in enumerate(acts.items())}


def _whole(code: str, text: str) -> Problem:
    return Problem(400, code, text, errors=[{"pointer": "", "code": code, "detail": text}])
