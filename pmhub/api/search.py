"""`GET /search/`: records of every kind that hold some words, among those that the user may see."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pmhub.api.filtering import LONGEST_SEARCH, MOST_TERMS, check_parameters
from pmhub.api.paging import Pages
from pmhub.api.parameters import names_in
from pmhub.api.problems import parameter_problem
from pmhub.api.resources import API, basename_of
from pmhub.api.revalidation import answered
from pmhub.queries import search
from pmhub.queries.snippets import Snippet, snippets

ARCHIVED = ("false", "all")


class SaidInSerializer(serializers.Serializer):
    """A field that holds a word: its name in REST, its label on pages, and its text."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # of a field, not DRF's
    text = serializers.CharField()


class HitSerializer(serializers.Serializer):
    """A record that was found: its kind, code and title. Where these do not hold the words,
    `said_in` is the custom field that does."""

    type = serializers.CharField()
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    archived = serializers.BooleanField()
    url = serializers.URLField()
    html_url = serializers.URLField()
    said_in = SaidInSerializer(allow_null=True)


class FoundSerializer(serializers.Serializer):
    """A page of the records that were found, the best first. `kinds` counts them by kind, also
    kinds that `kind` leaves out. Where no record holds the words, those with similar words are
    found, and `alike` is true."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    alike = serializers.BooleanField()
    kinds = serializers.DictField(child=serializers.IntegerField())
    results = HitSerializer(many=True)


class Search(APIView):
    """The search of all records that the user may see."""

    metadata_class = None

    @extend_schema(
        responses=FoundSerializer,
        operation_id="search_list",
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, required=True, description="Words"),
            OpenApiParameter("kind", OpenApiTypes.STR, description="Kinds with commas between"),
            OpenApiParameter("archived", OpenApiTypes.STR, enum=ARCHIVED),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
    )
    def get(self, request: Request) -> Response:
        """A page of the records that hold every word, the best first."""
        check_parameters(request, {"q", "kind", "archived", "page", "page_size"})
        kinds = names_in(request, "kind", list(search.kinds()))
        hits = search.look(request.user, _words(request), archived=_archived(request))
        pages = Pages()
        results = pages.paginate_queryset(hits.of(kinds), request, view=self)
        answer = pages.get_paginated_response(results).data
        return answered(request, {**answer, "alike": hits.alike, "kinds": hits.counts})

    def read(self, rows: QuerySet, start: int, stop: int) -> list[dict[str, Any]]:
        """The hits of a window."""
        base, entries = self.request.build_absolute_uri("/"), list(rows[start:stop])
        snippets_by_entry = snippets(entries, _words(self.request))
        return [
            _hit(entry, base, snippets_by_entry.get((entry.kind, entry.object_id)))
            for entry in entries
        ]


def _hit(entry: Any, base: str, snippet: Snippet | None) -> dict[str, Any]:
    place = f"{basename_of(search.kinds()[entry.kind])}/{entry.object_id}/"
    return {
        "type": entry.kind, "id": entry.object_id, "code": entry.code, "title": entry.name,
        "archived": entry.archived, "url": f"{base}{API}{place}", "html_url": f"{base}{place}",
        "said_in": snippet and asdict(snippet),
    }  # fmt: skip


def _words(request: Request) -> str:
    text = request.query_params.get("q", "")
    if not text.strip():
        raise parameter_problem("q", "required", "Give the words to look for.")
    if len(text) > LONGEST_SEARCH or len(text.split()) > MOST_TERMS:
        detail = f"Give at most {MOST_TERMS} words and {LONGEST_SEARCH} characters."
        raise parameter_problem("q", "too_long", detail)
    return text


def _archived(request: Request) -> bool:
    text = request.query_params.get("archived", "false")
    if text not in ARCHIVED:
        raise parameter_problem("archived", "invalid_choice", f"Say one of: {', '.join(ARCHIVED)}.")
    return text == "all"
