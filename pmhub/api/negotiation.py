"""In which form an answer is written: as `format` or Accept asks."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation

from pmhub.api.problems import parameter


class Negotiation(DefaultContentNegotiation):
    """Chooses how an answer is written; a `format` that there is none of is a wrong parameter."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """The renderers of a format; raises a 400 problem where there is none."""
        found = [each for each in renderers if each.format == format]
        if not found:
            known = ", ".join(dict.fromkeys(each.format for each in renderers))
            raise parameter("format", "invalid_choice", f"Say one of: {known}.")
        return found
