"""The changes of a collection, for systems that keep a copy of it.

`?updated_since=…&include_deleted=1` lists in pages the records that were changed since a moment,
and after them the deletions, of which each page goes on after the last one that was told.
`?cursor=` lists both in the order in which they happened, from the
last cursor on, up to the moment before which every transaction is committed
(`pmhub/database/horizon.py`): nothing is missed, whatever is written meanwhile, and nothing comes
twice unless it has changed again.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pmhub.api.filtering import FOLLOWING, updated_since
from pmhub.api.paging import Pages, page_size, row_count
from pmhub.api.problems import parameter_problem
from pmhub.api.revalidation import answered
from pmhub.api.table_files import wants_table
from pmhub.database import replica
from pmhub.database.horizon import horizon
from pmhub.queries.tombstones import tombstone_count, tombstones

Place = tuple[datetime, int]  # of a change: its moment, and the id of the record
EPOCH, INSTANT = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
BEGIN: Place = (EPOCH, 0)  # before all changes
CURSOR = re.compile(r"([0-9]{1,17})\.([0-9]{1,18})", re.ASCII)


class TombstoneSerializer(serializers.Serializer):
    """A record that was deleted, and when. `code` is its last code; null for records without
    codes."""

    id = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    deleted = serializers.ChoiceField(choices=[True])
    deleted_at = serializers.DateTimeField()


class ChangePages(Pages):
    """Pages of a list: `include_deleted` adds deletions, `cursor` lists the changes after a place.
    `deleted` is None where nothing says who might have seen a deleted record."""

    deleted_serializer = TombstoneSerializer
    deleted: list[dict[str, Any]] | None = None
    cursor = ""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """The records of the page; raises 400 and 404."""
        following_cursor = "cursor" in request.query_params
        _check(request, following_cursor=following_cursor)
        self.asked = "include_deleted" in request.query_params
        if following_cursor:
            return self._from_cursor(queryset, request, view)
        return self._since(queryset, request, view)

    def _since(self, queryset: Any, request: Any, view: Any) -> list[Any]:
        """Return the changed records of the page; the deletions, which follow all records, go to
        `deleted`."""
        number, start, size = self.window(request)
        place = request.query_params.get("deleted_after")
        after = None if place is None else _place_of(place, "deleted_after")
        gone = tombstones(view.model, request.user, updated_since(request))
        records = self.count = row_count(queryset)
        rows = view.read(queryset, start, min(start + size, records)) if start < records else []
        more, room = start + size < records, size - len(rows)
        if gone is not None:
            wanted = 0 if more else room + 1
            fallen = _tombstone_rows(_window(gone, after, max(0, start - records), wanted))
            more, self.deleted = more or len(fallen) > room, fallen[:room]
            self.count += tombstone_count(gone)
        if number > 1 and start >= self.count and not after:
            raise NotFound("There is no such page.")
        self.link(request, number, more=more)
        return rows

    def link(self, request: Any, number: int, *, more: bool) -> None:
        """Set the addresses of the next and the previous page; the next one goes on after the last
        deletion of this one, as others may be told meanwhile."""
        super().link(request, number, more=more)
        self.next = self.next and remove_query_param(self.next, "deleted_after")
        self.previous = self.previous and remove_query_param(self.previous, "deleted_after")
        if self.next and self.deleted:
            last = self.deleted[-1]
            place = _cursor_of((last["deleted_at"], last["id"]))
            self.next = replace_query_param(self.next, "deleted_after", place)

    def _from_cursor(self, queryset: Any, request: Any, view: Any) -> list[Any]:
        """Return the changed records of the page that begins at the cursor, in the order of the
        changes; the deletions among them go to `deleted`."""
        size, after = page_size(request), _place_of(request.query_params["cursor"])
        replica.stay_on_primary()
        until = horizon()  # before the rows are read, which may be newer
        rows = _between(queryset, "updated_at", after, until)
        changed = [(*place, None) for place in rows.values_list("updated_at", "pk")[: size + 1]]
        full = len(changed) > size
        # Deletions after the page are left to a later one, so that each is read once.
        gone = self._deletions(request, view, after, changed[size][0] + INSTANT if full else until)
        fallen = [] if gone is None else _tombstone_rows(gone[: size + 1])
        seen = changed + [
            (tombstone["deleted_at"], tombstone["id"], tombstone) for tombstone in fallen
        ]
        page = sorted(seen, key=lambda change: change[:2])[:size]
        more = len(seen) > size
        self.count = (row_count(rows) if full else len(changed)) + len(fallen)
        # The last page reports all up to the horizon: the cursor skips what is out of sight.
        self.cursor = _cursor_of(page[-1][:2] if more else max(after or BEGIN, (until, 0)))
        address = request.build_absolute_uri()
        self.next = replace_query_param(address, "cursor", self.cursor) if more else None
        self.previous = None
        self.deleted = None if gone is None else [tombstone for *_, tombstone in page if tombstone]
        return list(view.stored_rows([id for _, id, tombstone in page if tombstone is None]))

    def _deletions(self, request: Any, view: Any, after: Place | None, until: datetime) -> Any:
        """Return the deletions after a place and before a moment; None where they are not asked
        for, or not for this user."""
        gone = tombstones(view.model, request.user, updated_since(request)) if self.asked else None
        return None if gone is None else _between(gone, "pgh_created_at", after, until, "id")

    def get_paginated_response(self, data: Any) -> Response:
        """The envelope."""
        response = super().get_paginated_response(data)
        if self.asked:
            response.data["deleted"] = self.deleted
        if self.cursor:
            response.data["cursor"] = self.cursor
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for OpenAPI."""
        envelope = super().get_paginated_response_schema(schema)
        envelope["properties"] |= {
            "deleted": {
                "type": ["array", "null"],
                "items": {"$ref": "#/components/schemas/Tombstone"},
                "description": "With `include_deleted`: what was deleted; null where it is told to"
                " nobody with your roles",
            },
            "cursor": {
                "type": "string",
                "description": "With `cursor`: where to go on, now or later",
            },
        }
        return envelope


def following(request: Any) -> bool:
    """Return whether the client keeps a copy, and asks for what has changed."""
    return not FOLLOWING.isdisjoint(request.query_params)


def changes(view: Any) -> Response:
    """Answer the changes of a collection. The answer is never kept in memory, as it depends on the
    time."""
    request, pages = view.request, view.list_pages()
    chosen = view.view
    rows = pages.paginate_queryset(view.filter_queryset(view.get_queryset()), request, view=view)
    return answered(request, pages.get_paginated_response(chosen(rows)).data)


def _check(request: Any, *, following_cursor: bool) -> None:
    """Raise a 400 problem for parameters that do not go together."""
    given = request.query_params
    if given.get("include_deleted", "1") != "1":
        raise parameter_problem("include_deleted", "invalid_choice", "Say 1, or leave it out.")
    if wants_table(request):
        name = "cursor" if following_cursor else "include_deleted"
        raise parameter_problem(name, "not_together", "A file tells all that the filter finds.")
    if following_cursor:
        for name in ("page", "ordering"):
            if name in given:
                raise parameter_problem(name, "not_together", "A cursor has an order of its own.")
    elif not given.get("updated_since"):
        detail = "Say since when, by updated_since or a cursor."
        raise parameter_problem("include_deleted", "not_alone", detail)
    if "deleted_after" in given and (following_cursor or "include_deleted" not in given):
        detail = "It goes together with updated_since and include_deleted."
        raise parameter_problem("deleted_after", "not_alone", detail)


def _between(rows: Any, moment: str, after: Place | None, until: datetime, id: str = "pk") -> Any:
    """Return the rows after a place and before a moment, in the order of moment and id."""
    rows = rows.filter(**{f"{moment}__lt": until}).order_by(moment, id)
    return _after(rows, moment, after, id) if after else rows


def _after(rows: Any, moment: str, after: Place, id: str) -> Any:
    """Return the rows after a place in the order of moment and id."""
    at, last = after
    later = Q(**{f"{moment}__gt": at}) | Q(**{f"{id}__gt": last})
    return rows.filter(later, **{f"{moment}__gte": at})


def _window(gone: Any, after: Place | None, first: int, most: int) -> Any:
    """Return at most so many deletions: those after a place or, without one, from the first."""
    if after:
        return _after(gone, "pgh_created_at", after, "id")[:most]
    return gone[first : first + most]


def _tombstone_rows(events: Any) -> list[dict[str, Any]]:
    """Return deletions as the answer holds them."""
    coded = any(field.name == "code" for field in events.model._meta.fields)
    rows: Iterable[dict[str, Any]] = events.values(
        "id", "pgh_created_at", *(["code"] if coded else [])
    )
    return [
        {
            "id": row["id"],
            "code": row.get("code"),
            "deleted": True,
            "deleted_at": row["pgh_created_at"],
        }
        for row in rows
    ]


def _cursor_of(place: Place) -> str:
    """Return a place as a cursor."""
    at, id = place
    text = f"{(at - EPOCH) // INSTANT}.{id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place_of(cursor: str, name: str = "cursor") -> Place | None:
    """Return the place of a cursor; None for an empty one, which means from the beginning. Raises a
    400 problem, for the parameter of this name."""
    if not cursor:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if match := CURSOR.fullmatch(text):
            return EPOCH + timedelta(microseconds=int(match[1])), int(match[2])
    except (ValueError, OverflowError):
        pass
    raise parameter_problem(name, "invalid", f"Give a {name} that an earlier answer held.")
