"""Addresses of pages."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import get_script_prefix, get_urlconf, reverse


def then(at: datetime | None) -> str:
    """The query that stays at a past moment."""
    return f"?{urlencode({'as_of': at.isoformat()})}" if at else ""


def address_of(page: str, *args: Any) -> str:
    """The address of a page of ours. To make one costs more than all else of a link, and pages
    lead to the same ones again and again."""
    return _address(page, args, get_script_prefix(), get_urlconf())


def documented(operation: str, address: str) -> str:
    """The address of what the documentation says of an operation, asked for at an address of
    REST."""
    _, _, _, collection, *_ = address.split("/")
    return f"{address_of('docs')}#/{collection}/{operation}"


@lru_cache(maxsize=8192)
def _address(page: str, args: tuple[Any, ...], prefix: str, urlconf: str | None) -> str:
    return reverse(page, args=args)
