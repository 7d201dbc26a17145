"""The filters, search and order of a list. A parameter that is unknown or given twice is
refused."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django_filters import utils
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend

from pmhub.api.problems import Problem, parameter_problem, pointer
from pmhub.filters.custom import custom_fields, in_order, search_rows
from pmhub.models import Archivable

OWN = frozenset({"page", "page_size", "ordering", "search", "fields", "omit", "expand", "format"})
# Parameters of a list, for clients that keep a copy.
FOLLOWING = frozenset({"cursor", "include_deleted", "deleted_after"})
ARCHIVED = {"false": True, "true": False, "all": None}  # whether `archived_at` is not set
LONGEST_SEARCH, MOST_TERMS = 200, 8
MOST_IDS = 500
IDS = re.compile(rf"[0-9]{{1,18}}(,[0-9]{{1,18}}){{0,{MOST_IDS - 1}}}", re.ASCII)


class StrictFilters(DjangoFilterBackend):
    """The filters of django-filter, and those that every list has (`ids`, `archived`,
    `updated_since`); every other parameter is refused."""

    def filter_queryset(self, request: Any, queryset: QuerySet, view: Any) -> QuerySet:
        """Apply the view's filters; raises a 400 problem that names the parameter."""
        kind = self.get_filterset_class(view, queryset)
        names = kind.known_to(request.user, request.query_params).keys() if kind else set()
        archives = issubclass(queryset.model, Archivable)
        allowed = {*OWN, "ids", "updated_since", *names, *(["archived"] if archives else ())}
        if getattr(view, "action", None) == "list":
            allowed |= FOLLOWING
        check_parameters(request, allowed)
        if archives:
            queryset = _in_use(request, queryset)
        # Making a filter set copies all its filters, so it is made only if the request uses one.
        if kind and names & request.query_params.keys():
            filters = kind(**self.get_filterset_kwargs(request, queryset, view))
            if not filters.is_valid():
                raise parameter_problems(utils.translate_validation(filters.errors).detail)
            queryset = filters.qs
        if since := updated_since(request):
            queryset = queryset.filter(updated_at__gte=since)
        if (ids := request.query_params.get("ids")) is not None:
            queryset = queryset.filter(pk__in=_ids(ids))
        return queryset


class Search(BaseFilterBackend):
    """`search`: every word occurs in one of the view's `search_fields` or in a text of a custom
    field, with accents or without."""

    def filter_queryset(self, request: Any, queryset: QuerySet, view: Any) -> QuerySet:
        """Apply the words; raises a 400 problem when there are too many."""
        text = request.query_params.get("search", "")
        fields = getattr(view, "search_fields", ())
        terms = text.split()
        if len(text) > LONGEST_SEARCH or len(terms) > MOST_TERMS:
            detail = f"Give at most {MOST_TERMS} words and {LONGEST_SEARCH} characters."
            raise parameter_problem("search", "too_long", detail)
        if terms and not fields:
            raise parameter_problem("search", "unknown_parameter", "This list cannot be searched.")
        return search_rows(queryset, text, fields, request.user) if terms else queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`search`, for OpenAPI."""
        if not getattr(view, "search_fields", ()):
            return []
        schema = {"type": "string", "maxLength": LONGEST_SEARCH}
        return [{"name": "search", "in": "query", "required": False, "schema": schema}]


class Ordering(BaseFilterBackend):
    """`ordering`: names of the view's `ordering_fields`, `-` for descending; then by id. Text is
    sorted as people sort it, and unset values come last in both directions."""

    def filter_queryset(self, request: Any, queryset: QuerySet, view: Any) -> QuerySet:
        """Apply the order; raises a 400 problem for a name that is not allowed."""
        text = request.query_params.get("ordering")
        if text is None:
            return queryset.order_by(*queryset.model._meta.ordering, "pk")
        names = [name.strip() for name in text.split(",")]
        orderable = {*view.ordering_fields, *custom_fields(queryset.model, request.user, names)}
        for name in names:
            if name.removeprefix("-") not in orderable:
                allowed = ", ".join(view.ordering_fields)
                raise parameter_problem("ordering", "invalid", f"Order by one of: {allowed}.")
        computed = view.serializer_class.Meta.expressions
        return queryset.order_by(*in_order(queryset, names, request.user, computed), "pk")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`ordering`, for OpenAPI."""
        names = getattr(view, "ordering_fields", ())
        description = f"Names, `-` for descending, commas between: {', '.join(names)}"
        schema = {"type": "string"}
        ordering = {"name": "ordering", "in": "query", "required": False, "schema": schema}
        return [ordering | {"description": description}] if names else []


def check_parameters(request: Any, allowed: Any) -> None:
    """Raise a 400 problem for a parameter that is unknown, given twice or not text."""
    for name, values in request.query_params.lists():
        safe = name[:100].encode("utf-8", "replace").decode()
        if name not in allowed:
            raise parameter_problem(safe, "unknown_parameter", "There is no such parameter here.")
        if len(values) > 1:
            raise parameter_problem(safe, "given_twice", "Give this parameter once.")
        if any("\x00" in value for value in values):
            raise parameter_problem(safe, "null_character", "Text cannot hold the NUL character.")


def _in_use(request: Any, queryset: QuerySet) -> QuerySet:
    """Return the rows that `archived` asks for: by default those in use, or all rows where `ids`
    names them or the client keeps a copy."""
    usual = "all" if {"ids", *FOLLOWING} & request.query_params.keys() else "false"
    text = request.query_params.get("archived", usual)
    if text not in ARCHIVED:
        raise parameter_problem("archived", "invalid_choice", f"Say one of: {', '.join(ARCHIVED)}.")
    condition = ARCHIVED[text]
    return queryset if condition is None else queryset.filter(archived_at__isnull=condition)


def _ids(text: str) -> list[int]:
    if not IDS.fullmatch(text):
        raise parameter_problem(
            "ids", "invalid", f"Give at most {MOST_IDS} ids with commas between."
        )
    return [int(id) for id in text.split(",")]


def parameter_problems(messages: Any) -> Problem:
    """Return one 400 problem for all parameters that were refused, with an error for each
    message."""
    errors = [
        {
            "pointer": pointer(name),
            "parameter": name,
            "code": getattr(text, "code", "invalid"),
            "detail": str(text),
        }
        for name, texts in messages.items()
        for text in texts
    ]
    names = ", ".join(messages)
    return Problem(400, "invalid_parameter", f"Not accepted: {names}.", errors=errors)


def accepted_parameters(serializer: Any) -> Any:
    """Return the values of the query parameters that a serializer was given; raises a 400 problem
    that names the parameters which it refuses."""
    if not serializer.is_valid():
        raise parameter_problems(serializer.errors)
    return serializer.validated_data


def updated_since(request: Any) -> datetime | None:
    """Return the moment in `updated_since`; None where it is not given. Raises a 400 problem."""
    text = request.query_params.get("updated_since")
    return _moment(text) if text else None


def _moment(text: str) -> datetime:
    try:
        # A plus sign in a query is a space unless it was escaped.
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        detail = "Give a moment with its time zone, such as 2026-10-31T12:00:00Z."
        raise parameter_problem("updated_since", "invalid", detail)
    return moment
