"""Addresses of pages."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import get_script_prefix, get_urlconf, reverse

from pmhub import reading_clock


def then(at: datetime | None) -> str:
    """The query that stays at a past moment, by the clock that is being read."""
    return f"?{urlencode(clock(at))}" if at else ""


def clock(at: datetime | None) -> dict[str, str]:
    """The parameters that stay at a past moment, by the clock that is being read."""
    if at is None:
        return {}
    day = reading_clock.day()
    return {"on": day.isoformat()} if day else {"as_of": at.isoformat()}


def address_of(page: str, *args: Any) -> str:
    """The address of a page of ours. To make one costs more than all else of a link, and pages
    lead to the same ones again and again."""
    return _address(page, args, get_script_prefix(), get_urlconf())


def documented(operation: str, address: str) -> str:
    """The address of what the documentation says of an operation, asked for at an address of
    REST."""
    _, _, _, collection, *_ = address.split("/")
    return f"{address_of('collection-docs', collection)}#/{collection}/{operation}"


@lru_cache(maxsize=8192)
def _address(page: str, args: tuple[Any, ...], prefix: str, urlconf: str | None) -> str:
    return reverse(page, args=args)
