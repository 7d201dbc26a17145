"""`/api/docs/`: the requests of REST by collection, each collection on a page that tries them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View
from drf_spectacular.plumbing import set_query_parameters
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.contract_parts import contract


class Documentation(View):
    """All requests, by collection; with words in `q`, only those that hold them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the page, also for people who are not signed in."""
        words = request.GET.get("q", "")
        matches = contract().matching(words)
        context = {"title": "REST", "words": words, "collections": matches.items()}
        return render(request, "api/docs.html", context)


class CollectionDocumentation(SpectacularSwaggerSplitView):
    """The requests of one collection, which the reader can try with their own session."""

    url_name = "schema"
    template_name = "api/collection.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the page; raises Http404 for an unknown collection."""
        if kwargs["collection"] not in contract().paths:
            raise Http404
        self.title = kwargs["collection"]
        answer: Response = super().get(request, *args, **kwargs)
        return answer

    def _get_schema_url(self, request: Request) -> str:
        whole = super()._get_schema_url(request)
        return str(set_query_parameters(whole, collection=self.kwargs["collection"]))
