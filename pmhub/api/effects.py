"""What every unsafe method shares: it may be repeated safely, and it may be previewed.

A POST with an `Idempotency-Key` happens once: its answer is stored in the transaction of its
effect, and the same request is answered with it again for a day, as long as who asks may still see
and do it. With `?preview=1` a record's write is tried, its effects are read, and all of it is
undone: by the module that the setting `PREVIEWS` names, as the engine lies above this base.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pmhub.accounts import reauthentication
from pmhub.api.authentication import within_scopes
from pmhub.api.json_rendering import dumps
from pmhub.api.problems import Refused, parameter
from pmhub.models import StoredAnswer

PREVIEW = "preview"
EVERY = "*"
HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
LONGEST_KEY = 255
KEPT = ("Location", "ETag", "Cache-Control")
A_FEW = 100  # expired answers that one request removes
UNSAFE = ("post", "put", "patch", "delete")

Work = Callable[[], Response]


def effect(method: Any) -> Any:
    """Let a method of a view that writes be repeated safely, and previewed where the view allows.
    Each such method has it, actions included; an address that also reads may have it too."""

    @functools.wraps(method)
    def entered(self: Effects, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.effected(request, functools.partial(method, self, request, *args, **kwargs))

    entered.has_effect = True  # type: ignore[attr-defined]  # a test looks for it
    return entered


def previews() -> Any:
    """The module that previews: `previewed(request, work)`, and `PreviewSerializer`."""
    return import_module(settings.PREVIEWS)


class Effects(APIView):
    """A view with methods that write, each marked with `effect`."""

    previewable: ClassVar[bool] = False
    foreseen_later: ClassVar[bool] = False  # a record that is made is previewed by a job
    secrets: ClassVar[tuple[str, ...]] = ()  # members of an answer that are shown once
    repeatable: ClassVar[tuple[str, ...]] = ()  # actions that may be done again without a key
    keyed: ClassVar[tuple[str, ...]] = ()  # actions beside those of POST that may have one
    # Actions by which somebody is given a right or a way in: a session shows again whose it is.
    dangerous: ClassVar[tuple[str, ...]] = ()

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error as a problem; the error of a sub-request is raised in the request
        around it, which answers."""
        if getattr(self.request._request, "within", False):
            raise exc
        return super().handle_exception(exc)

    def effected(self, request: Request, work: Work) -> Response:
        """The answer of some work: previewed, repeated, or done."""
        if str(request.method).lower() not in UNSAFE:
            return work()
        self.confirm(request, getattr(self, "action", ""))
        with within_scopes(request.auth):
            return self._done(request, work)

    def confirm(self, request: Request, action: str) -> None:
        """Ask a session again whose it is, before an action of this name, if that is dangerous."""
        if {EVERY, action} & {*self.dangerous}:
            reauthentication.require(request)

    def _done(self, request: Request, work: Work) -> Response:
        if PREVIEW in request.query_params:
            return self._preview(request, work)
        name = getattr(self, "action", "")
        keyed = name in self.keyed or (request.method == "POST" and name not in self.repeatable)
        if keyed and HEADER in request.headers:
            return once(request, work, self.secrets, self.check_repeat)
        return work()

    def check_repeat(self, answer: Any) -> None:
        """Raise what a repetition is refused by that has nothing to read any more."""

    def _preview(self, request: Request, work: Work) -> Response:
        if not self.previewable:
            raise parameter(PREVIEW, "unknown_parameter", "There is no such parameter here.")
        if request.query_params.getlist(PREVIEW) != ["1"]:
            raise parameter(PREVIEW, "invalid_choice", "Say preview=1, or leave it out.")
        request._request.previewing = True  # type: ignore[attr-defined]  # ours alone
        return self.previewed(request, work)

    def previewed(self, request: Request, work: Work) -> Response:
        """The answer of a preview."""
        answer: Response = previews().previewed(request, work)
        return answer


def previewing(request: Request) -> bool:
    """Return whether what the request does will be undone."""
    return getattr(request._request, "previewing", False)


def once(
    request: Request, work: Work, secrets: tuple[str, ...], check: Callable[[Any], None]
) -> Response:
    """Do the work and store its answer, or answer what was stored, to whom `check` raises nothing:
    rights may have gone since.

    What the work raises rolls back the record of the key as well: the key may be used again.
    """
    asked = KeyedRequest(request)
    with transaction.atomic():
        stored = asked.claim()
        if stored is None:
            response = work()
            if response.status_code < 400:
                asked.store(response, secrets)
            else:
                transaction.set_rollback(True)
            return response
    check(orjson.loads(bytes(stored.body)) if stored.body else None)
    return asked.replay(stored)


class KeyedRequest:
    """A request that names a key."""

    def __init__(self, request: Request) -> None:
        key = request.headers[HEADER]
        if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
            text = f"A key has 1 to {LONGEST_KEY} characters that can be printed."
            raise Refused(400, "invalid_idempotency_key", text)
        body = json.dumps(request.data, sort_keys=True, default=str)
        if request.method != "POST":
            body = f"{request.method} {body}"
        self.hash = hashlib.sha256(body.encode()).hexdigest()
        self.place = {"user_id": request.user.pk, "route": request.path, "key": key}

    def claim(self) -> StoredAnswer | None:
        """None when the key is this request's now; else what was answered to the first with it.

        A duplicate that comes while the first is at work waits on the unique index until that one
        commits or rolls back.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM pmhub_storedanswer WHERE user_id = %(user_id)s AND key = %(key)s"
                " AND route = %(route)s AND created_at < now() - interval '24 hours'",
                {**self.place},  # what notes the history adds to the parameters it is given
            )
            while True:
                cursor.execute(
                    "INSERT INTO pmhub_storedanswer (user_id, route, key, request_hash)"
                    " VALUES (%(user_id)s, %(route)s, %(key)s, %(hash)s)"
                    " ON CONFLICT DO NOTHING",
                    {**self.place, "hash": self.hash},
                )
                if cursor.rowcount:
                    return None
                # It may expire, and be removed by another, between the two statements.
                if answer := StoredAnswer.objects.filter(**self.place).first():
                    return answer

    def store(self, response: Response, secrets: tuple[str, ...]) -> None:
        """Keep the answer, without what is shown once, and let go of a few that have expired."""
        data: Any = response.data
        if secrets:
            data = {name: value for name, value in data.items() if name not in secrets}
        StoredAnswer.objects.filter(**self.place).update(
            status=response.status_code,
            headers={name: response[name] for name in KEPT if name in response},
            body=b"" if data is None else dumps(data),
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM pmhub_storedanswer WHERE id IN (SELECT id FROM pmhub_storedanswer"
                " WHERE created_at < now() - interval '24 hours'"
                " ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)",
                [A_FEW],
            )

    def replay(self, stored: StoredAnswer) -> Response:
        """Return what was answered; raises a 422 problem when something else was asked."""
        if stored.request_hash != self.hash:
            text = "This key was used with another body: take a new key for a new request."
            raise Refused(422, "idempotency_key_reused", text)
        body = bytes(stored.body)
        headers = {**stored.headers, REPLAYED: "true"}
        return Response(body or None, stored.status, headers=headers)
