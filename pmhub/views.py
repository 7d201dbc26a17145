"""Pages of the frame."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame shows."""
    return {}
