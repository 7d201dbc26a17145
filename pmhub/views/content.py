"""The cacheable content of a page: the part of the request on which it depends, and the drawn HTML
with gaps that each response fills."""

import secrets
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString

from pmhub.access.grants import Reader
from pmhub.models import User

# Attributes of users that pages show, and those that decide how pages look.
NAMED = ("pk", "username", "first_name", "last_name", "called", "email", "time_zone", *User.LOOKS)
HOLE = SafeString(f"<!-- {secrets.token_hex(16)} -->")  # marks a gap in cached content
# Mark the places of the CSRF token, of the region's ETag and of its state.
TOKEN, ETAG, STATE = (secrets.token_hex(16).encode() for _ in range(3))


def private(response: HttpResponse) -> HttpResponse:
    """Mark the response as private to its user, and as varying by region, since a region and its
    page have the same address."""
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["HX-Request", "X-Region", "Cookie"])
    return response


class Caching(Enum):
    """For whom the region of a live page is cached, and until when."""

    NOT = "not cached"
    BY_STAMP = "for all with the same rights, until its stamp changes"
    PER_USER = "for one user, until its stamp changes"
    BY_READS = "for one user, until one of its queries has another answer"


class CacheableRequest:
    """The part of a request on which cached content may depend: its address and, as user, a
    `Reader` in place of the user; with `per_user`, the user. It has no session, no cookies, no CSRF
    token and no messages."""

    def __init__(self, request: HttpRequest, *, per_user: bool = False) -> None:
        self.path, self.GET, self.headers = request.path, request.GET, request.headers
        self.reader = Reader(request.user)
        self.user: Any = request.user if per_user else self.reader
        self.build_absolute_uri = request.build_absolute_uri
        named = tuple(getattr(request.user, name) for name in NAMED) if per_user else ()
        self.who = (*self.reader.key, *named)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """A value that differs between requests with different content."""
        return self.path, self.GET.urlencode(), self.who


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a page: its HTML, in two parts if a region stands between them, and what the
    frame shows of the page. The HTML is kept as bytes: as text with a single character outside
    Latin 1 it would take at least twice as much memory."""

    title: str
    crumbs: Sequence[tuple[str, str]]
    places: Mapping[str, str]
    in_rest: tuple[str, str]
    parts: tuple[bytes, ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))
