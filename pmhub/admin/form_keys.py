"""A form carries a key of its own, so that sent twice it is saved once."""

from __future__ import annotations

import hashlib
import json
from typing import cast
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from pmhub.models import StoredAnswer, User

FIELD = "one_time_key"
LONGEST = 64
LOCATION = "Location"
SENT = 302  # saved, and led elsewhere


class Claim:
    """A claimed key of a form, with the address that the first sending led to, empty if this is the
    first."""

    def __init__(self, stored: StoredAnswer, *, first: bool) -> None:
        self.stored = stored
        self.location = "" if first else str(stored.headers.get(LOCATION, ""))


def key_of(request: HttpRequest) -> str:
    """Return the key that the form was sent with, or a new key for a new form."""
    return str(request.POST.get(FIELD, ""))[:LONGEST] or uuid4().hex


def claim(request: HttpRequest) -> Claim | None:
    """Claim the form's key for its entries; return None for a form without a key. Of two requests
    that come at once the second waits until the first is saved."""
    if not request.POST.get(FIELD):
        return None
    entries = sorted((name, values) for name, values in request.POST.lists())
    digest = hashlib.sha256(json.dumps(entries).encode()).hexdigest()
    stored, first = StoredAnswer.objects.get_or_create(
        user=cast(User, request.user),  # nobody anonymous gets this far
        route=request.path[:200],
        key=f"{key_of(request)} {digest}",
        defaults={"request_hash": digest},
    )
    return Claim(stored, first=first)


def settle(claim: Claim | None, answer: HttpResponse) -> None:
    """Keep the address that a saved form led to. Give up the claim of a form that was not saved, so
    that it can be sent again."""
    if claim is None:
        return
    if answer.status_code == SENT:
        claim.stored.headers = {LOCATION: answer[LOCATION]}
        claim.stored.save(update_fields=["headers"])
    else:
        claim.stored.delete()
