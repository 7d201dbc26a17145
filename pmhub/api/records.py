"""The base of every resource: list, read, create, change and delete records one may see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, ClassVar, TypeVar

import orjson
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.hidden_references import conceal_references, hidden_in_record, references_of
from pmhub.access.restricted_fields import conceal
from pmhub.api import etags, lookup
from pmhub.api.bulk import Bulk
from pmhub.api.bulk_acts import saved_since
from pmhub.api.changes import ChangePages, changes, following
from pmhub.api.collection_tables import collection_answer
from pmhub.api.deadlocks import committed
from pmhub.api.deletion import Deletion
from pmhub.api.effects import Effects, effect
from pmhub.api.field_selection import FieldSelection
from pmhub.api.history import RecordHistory
from pmhub.api.json_rendering import dumps
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem
from pmhub.api.refusals import NotStored, settle, storing
from pmhub.api.representations import Row, Shape, add_lists, shape_of
from pmhub.api.resources import API
from pmhub.api.restoration import RestorationView
from pmhub.api.revalidation import answered, digest, revalidated
from pmhub.api.stored_answers import StoredAnswerRights
from pmhub.api.table_files import TABLES, wants_table
from pmhub.api.verbs import VerbActions
from pmhub.serializers import (
    RecordSerializer,
    allow,
    refusals,
)

T = TypeVar("T")
Rows = list[Row]  # a view has a method of the name `list`


class RecordViewSet(
    FieldSelection,
    Bulk,
    VerbActions,
    StoredAnswerRights,
    Deletion,
    RestorationView,
    Effects,
    viewsets.GenericViewSet,
):
    """The view of one resource. Its rows come from `visible_to(user)` and nowhere else.

    `reads` are columns that `finish` needs and no answer holds. `expandable` are the keys that
    `?expand=` may open. `changing_figures` says that the answer holds figures which change without
    a new version of the record, so that the version alone is no ETag. `asked` are the query
    parameters of one record beside those that every resource has.
    """

    serializer_class: type[RecordSerializer]
    metadata_class = None
    lookup_value_regex = "[0-9]{1,18}"
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    search_fields: ClassVar[tuple[str, ...]] = ()
    ordering_fields: ClassVar[tuple[str, ...]] = ("id", "updated_at")
    expandable: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[dict[str, str]] = {}
    changing_figures: ClassVar[bool] = False
    asked: ClassVar[tuple[str, ...]] = ()
    list_pages = ChangePages
    previewable = True
    keyed = ("bulk_update", "bulk_destroy")

    # Reading

    @property
    def model(self) -> Any:
        """The model of the records."""
        return self.serializer_class.Meta.model

    def get_queryset(self) -> QuerySet:
        """The rows that the user may see."""
        return self.model._default_manager.visible_to(self.request.user)

    @classmethod
    @cache
    def shape(cls) -> Shape:
        """Return the shape by which rows are read, as the serializer declares it."""
        return shape_of(cls.serializer_class, cls.reads, cls.figures)

    @staticmethod
    def figures(queryset: QuerySet) -> QuerySet:
        """Add the annotations that the shape reads; evaluated for the rows of a window only."""
        return queryset

    def finish(self, rows: Rows) -> None:
        """Add the derived values to the rows of one page, in a fixed number of queries."""

    def conceal(self, rows: Rows) -> None:
        """Remove from rows, or from events, the values of fields that the reader may not see."""
        conceal(self.model, rows, self.request.user)

    def withhold(self, rows: Rows, *, past: bool = False) -> None:
        """Remove from rows, or from `past` events, the values that the reader may not see and the
        references to records out of their sight; `redacted_ids` collects the ids of the rows that
        lost a reference."""
        self.conceal(rows)
        self.redacted_ids |= conceal_references(
            self.model,
            rows,
            self.request.user,
            values=self.shape().told,
            past=past,
        )

    @cached_property
    def redacted_ids(self) -> set[int]:
        """The ids of the records whose answer lacks a reference that other readers see."""
        return set()

    def named(self, pk: Any, actors: set[int]) -> set[int]:
        """Return those of `actors`, the users who did something with a record, whose names the
        reader may learn from it."""
        return actors

    def read(self, queryset: QuerySet, start: int, stop: int) -> Rows:
        """Return the rows of a window as the answer holds them."""
        ids = queryset.values_list("pk", flat=True)[start:stop]
        return self.shaped(self.shape().rows(list(ids)))

    def shaped(self, rows: Rows) -> Rows:
        """Return rows as the answer holds them: with addresses, lists and derived values, and
        without what the reader may not see."""
        shape = self.shape()
        base = self.request.build_absolute_uri("/")
        address = f"{base}{API}{self.basename}"
        for row in rows:
            row["url"] = f"{address}/{row['id']}/"
            row["html_url"] = f"{base}{self.page_of(row)}"
        if shape.many:
            add_lists(self.model, rows, shape.many)
        self.finish(rows)
        self.withhold(rows)
        for key in shape.hidden:
            for row in rows:
                del row[key]
        return rows

    def page_of(self, row: Row) -> str:
        """Return the path of the page that shows the record."""
        return f"{self.basename}/{row['id']}/"

    def row(self, pk: Any) -> Row:
        """Return one row as the answer holds it; raises Http404 when it is missing or out of
        sight."""
        return only_row(self.stored_rows(lookup.ids(self.model, self.request.user, pk)))

    def get_object(self) -> Any:
        """Return the record of the address with what decides about rights on it; raises Http404."""
        return self.record(self.kwargs["pk"])

    def record(self, pk: Any) -> Any:
        """Return a record with what decides about rights on it; raises Http404."""
        return only_row(lookup.record(self.model, self.request.user, pk))

    def get_renderers(self) -> Any:
        """Return the renderer of JSON; for a list, those of tables too."""
        listing = getattr(self, "action", None) == "list"
        return [renderer() for renderer in TABLES] if listing else super().get_renderers()

    def list(self, request: Request) -> Any:
        """A page of the records; as CSV or XLSX, all that the filters find; for a client that keeps
        a copy, the changes."""
        if following(request):
            return changes(self)
        if wants_table(request):
            return collection_answer(self, self.filter_queryset(self.get_queryset()))
        return self.page(request)

    @revalidated
    def page(self, request: Request) -> Any:
        """A page of the records."""
        view = self.view
        rows: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(view(rows)).data

    def retrieve(self, request: Request, pk: str) -> Response:
        """One record."""
        check_known(request, {"fields", "omit", "expand", *self.asked})
        view, row = self.view, self.row(pk)
        etag = self.etag(row)
        return answered(request, view([row])[0], etag)

    @action(detail=True, url_path="history", filterset_class=None)
    @revalidated
    def history(self, request: Request, pk: str) -> Any:
        """Return who changed the record, when, from what to what; the newest first."""
        check_known(request, {"page", "page_size"})
        past = RecordHistory(self)
        pages: Any = self.paginator
        changes = pages.paginate_queryset(past.events(pk), request, view=past)
        return self.get_paginated_response(changes).data

    def events(self, pk: Any, start: int, stop: int) -> Rows:
        """Return the changes of a record, the newest first; raises Http404 when it is not in
        sight."""
        past = RecordHistory(self)
        return past.read(past.events(pk), start, stop)

    def changes_of(self, ids: Collection[int]) -> dict[int, Row]:
        """Return the changes that events recorded, by the ids of the events, in the form of the
        history."""
        return RecordHistory(self).changes_of(ids)

    def etag(self, row: Row) -> str:
        """Return the ETag of one record."""
        own = self.changing_figures or self.model.shown_to or row["id"] in self.redacted_ids
        return f"v{row['version']}{f'-{digest(row)}' if own else ''}"

    # Writing

    @effect
    def create(self, request: Request) -> Response:
        """Make a record."""
        check_known(request, set())
        row = self.committed(lambda: self.stored_row(self.make()))
        headers = {"Location": row["url"], "ETag": f'"{self.etag(row)}"'}
        return Response(row, 201, headers=headers)

    @effect
    def update(self, request: Request, pk: str) -> Response:
        """Replace the record."""
        return self._changed(request, pk, partial=False)

    @effect
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the members that are sent."""
        return self._changed(request, pk, partial=True)

    @effect
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete the record."""
        check_known(request, set())
        self.committed(lambda: self.remove(pk))
        return Response(status=204, headers=self.restoration_link(pk))

    def _changed(self, request: Request, pk: str, *, partial: bool) -> Response:
        check_known(request, set())
        row = self.committed(lambda: self.stored_row(self.change(pk, partial=partial)))
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})

    def make(self) -> int:
        """Make a record of the data of the request, within a transaction; return its id."""
        return self._stored(self.get_serializer(data=self.request.data))

    def change(self, pk: str, *, partial: bool) -> int:
        """Change a record to the data of the request, if `If-Match` names its version; return its
        id."""
        instance = self.locked(pk)
        sent = self._without_echoes(self.request.data)
        hidden = self._hidden_in(instance, sent)
        if hidden:
            sent = {name: value for name, value in sent.items() if name not in hidden}
        serializer: Any = self.get_serializer(instance, data=sent, partial=partial)
        for name in hidden:
            serializer.fields[name].required = False
        return self._stored(serializer)

    def _hidden_in(self, instance: Any, sent: Any) -> set[str]:
        """Return the names of the relations that are sent back empty because the user cannot see
        the record there: they keep their values. A relation to a part of another record that is
        sent as well is not returned, as the record may be moving."""
        if not isinstance(sent, Mapping):
            return set()
        others = references_of(self.model)
        empty = {name for name, value in sent.items() if value in (None, "")} & others.keys()
        hidden = empty & hidden_in_record(instance, self.request.user) if empty else set()
        moved = {others[name] for name in others.keys() & sent.keys() - empty} if hidden else set()
        return {name for name in hidden if moved.isdisjoint(references_of(others[name]).values())}

    def _without_echoes(self, sent: Any) -> Any:
        """Return the data without read-only fields that only repeat the values GET answers."""
        if not isinstance(sent, Mapping) or not (
            fixed := self.serializer_class.read_only_names() & sent.keys()
        ):
            return sent
        answered = orjson.loads(dumps(self.row(self.kwargs["pk"])))
        echoed = {name for name in fixed if name in answered and answered[name] == sent[name]}
        return {name: value for name, value in sent.items() if name not in echoed}

    def _stored(self, serializer: Any) -> int:
        serializer.is_valid(raise_exception=True)
        proposed = serializer.proposed(serializer.validated_data)
        if proposed.pk is None:
            proposed.created_by = self.request.user
        if serializer.instance is None:
            proposed.created_by = self.request.user  # a constraint may refer to the author
        with storing(proposed, serializer.fields):
            pk: int = serializer.save().pk
            settle()
        return pk

    def stored_row(self, pk: Any) -> Row:
        """Return the stored values of a record as the answer holds them."""
        return self.stored_rows([pk])[0]

    def stored_rows(self, ids: Sequence[int]) -> Rows:
        """Return the stored values of records as the answer holds them, in the order of `ids`."""
        return self.shaped(self.shape().rows(ids)) if ids else []

    def refuse_parameters(self) -> None:
        """Raise a 400 problem for any query parameter."""
        check_known(self.request, set())

    def held(self, pk: Any) -> Any:
        """Return the record, locked, with what decides about rights on it; raises Http404."""
        return only_row(lookup.record(self.model, self.request.user, pk, locked=True))

    def locked(self, pk: Any) -> Any:
        """Return the record, locked, if the user may write it and has seen its stored version.

        Raises 404, 403, 428 or 412.
        """
        instance = self.held(pk)
        allow(self.request.user, instance)
        self.match(instance)
        return instance

    def match(self, instance: Any) -> None:
        """Raise a 400, 412 or 428 problem unless If-Match names the version that is stored."""
        given = self.request.headers.get("If-Match")
        if given is None:
            text = "Send If-Match with the ETag of the version you have seen."
            raise Problem(428, "version_required", text)
        versions = etags.versions("If-Match", given)
        if versions is not None and instance.version not in versions:
            row = self.row(instance.pk)
            raise Problem(
                412,
                "stale",
                saved_since(self, instance),
                headers={"ETag": f'"{self.etag(row)}"'},
                current=row,
            )

    def committed(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction: all of it or nothing; retried after a deadlock."""
        try:
            return committed(work)
        except NotStored as refused:
            if explained := self._explained(refused):
                raise explained from refused.error
            raise refused.error from refused.error.__cause__

    def _explained(self, refused: NotStored) -> Exception | None:
        """Return the error that explains a refusal of the database: the model's own sentences, all
        of them and by field, or what `explain` says."""
        if reasons := refusals(refused.row, refused.names):
            return ValidationError(reasons)
        return self.explain(refused.row, refused.error)

    def explain(self, row: Any, error: IntegrityError) -> Exception | None:
        """Return a better error than the refusal of the database; None where there is none."""
        return None

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the address of the record, which some refusals name."""
        pk = self.kwargs.get("pk")
        address = f"/{API}{self.basename}/{pk}/" if pk else ""
        return {**super().get_serializer_context(), "address": address}


def only_row(rows: Iterable[T]) -> T:
    """Return the only row; raises Http404 when there is none."""
    for row in rows:
        return row
    raise Http404
