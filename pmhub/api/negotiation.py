"""The form in which an answer is written: the one that `format` or Accept asks for."""

from __future__ import annotations

from typing import Any

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches, order_by_precedence

from pmhub.api.problems import parameter_problem


class Negotiation(DefaultContentNegotiation):
    """Chooses the form of an answer; an unknown `format` is a wrong parameter, not a missing
    page."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer of `format`, whatever Accept says; without it the one that the client
        prefers, by the `q` of Accept. Return its media type with it."""
        if format := format_suffix or request.query_params.get(self.settings.URL_FORMAT_OVERRIDE):
            renderer = self.filter_renderers(renderers, format)[0]
            return renderer, renderer.media_type
        if ";" not in request.headers.get("Accept", ""):  # each media type is as good as another
            return super().select_renderer(request, renderers, format_suffix)
        accepts = self.get_accept_list(request)
        liked = [(quality(renderer.media_type, accepts), renderer) for renderer in renderers]
        most = max(liking for liking, _ in liked)
        if not most:
            raise NotAcceptable(available_renderers=renderers)
        best = [renderer for liking, renderer in liked if liking == most]
        return super().select_renderer(request, best, format_suffix)

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """Return the renderers of a format; raises a 400 problem where there is none."""
        matches = [renderer for renderer in renderers if renderer.format == format]
        if not matches:
            formats = ", ".join(dict.fromkeys(renderer.format for renderer in renderers))
            raise parameter_problem("format", "invalid_choice", f"Say one of: {formats}.")
        return matches


def quality(media_type: str, accepts: list[str]) -> float:
    """Return how much a client wants a media type, from 0 (not at all) to 1: the most specific
    entry of Accept decides."""
    for alike in order_by_precedence(accepts):
        likings = [
            MediaType(accepted).quality
            for accepted in alike
            if media_type_matches(media_type, accepted)
        ]
        if likings:
            return max(max(0, liking) for liking in likings)  # "nan" is none
    return 0


class FileNegotiation(DefaultContentNegotiation):
    """For an address whose answer is a file with a media type of its own, whatever Accept says."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer of problems, the first one where Accept allows none."""
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
