"""In which form an answer is written: as `format` or Accept asks."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from pmhub.api.problems import parameter_problem


class Negotiation(DefaultContentNegotiation):
    """Chooses how an answer is written; a `format` that there is none of is a wrong parameter."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """The renderers of a format; raises a 400 problem where there is none."""
        matches = [renderer for renderer in renderers if renderer.format == format]
        if not matches:
            formats = ", ".join(dict.fromkeys(renderer.format for renderer in renderers))
            raise parameter_problem("format", "invalid_choice", f"Say one of: {formats}.")
        return matches


class FileNegotiation(DefaultContentNegotiation):
    """A file is of the kind it is, whatever the client would like best."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        """Choose how a problem is told."""
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
