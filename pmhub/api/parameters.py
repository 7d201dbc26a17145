"""Query parameters: an unknown one, one that is given twice, and one with a wrong value are
refused."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.request import Request

from pmhub.api.effects import PREVIEW, previewing
from pmhub.api.filtering import check_parameters
from pmhub.api.problems import parameter_problem


def check_known(request: Request, allowed: set[str]) -> None:
    """Raise a 400 problem for a query parameter that this address does not have, or that is given
    twice."""
    check_parameters(request, allowed | {PREVIEW} if previewing(request) else allowed)


def names_in(request: Request, key: str, allowed: Sequence[str]) -> list[str]:
    """Return the names in a comma-separated parameter, each once; raises a 400 problem for a name
    that is not allowed."""
    text = request.query_params.get(key)
    if text is None:
        return []
    names = [*dict.fromkeys(name.strip() for name in text.split(",") if name.strip())]
    for name in names:
        if name not in allowed:
            choices = ", ".join(allowed) or "nothing"
            raise parameter_problem(
                key, "unknown_field", f"{name[:50]!r} is not one of: {choices}."
            )
    return names
