"""Addresses of pages."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import get_script_prefix, get_urlconf, reverse

from pmhub import reading_clock


def then(at: datetime | None) -> str:
    """Return the query string that keeps an address at a past moment, by the clock that is being
    read; empty for the present."""
    return f"?{urlencode(clock(at))}" if at else ""


def clock(at: datetime | None) -> dict[str, str]:
    """Return the parameters that keep an address at a past moment, by the clock that is being
    read."""
    if at is None:
        return {}
    day = reading_clock.day()
    return {"on": day.isoformat()} if day else {"as_of": at.isoformat()}


def address_of(page: str, *args: Any) -> str:
    """Return the path of a page, such as `/projects/5/`, from the name of its route and the values
    in it. Paths are cached, as a page has many links and Django takes long to make one. Raises
    NoReverseMatch if there is no such route."""
    return _address(page, args, get_script_prefix(), get_urlconf())


def documented(operation: str, address: str) -> str:
    """Return the address of the documentation of an operation of REST, found by an address at which
    it is requested."""
    _, _, _, collection, *_ = address.split("/")
    return f"{address_of('collection-docs', collection)}#/{collection}/{operation}"


@lru_cache(maxsize=8192)
def _address(page: str, args: tuple[Any, ...], prefix: str, urlconf: str | None) -> str:
    return reverse(page, args=args)
