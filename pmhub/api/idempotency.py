"""A request with an `Idempotency-Key` happens once.

Its answer is stored in the transaction of its effect. For a day the same request gets that answer
again, as long as the user may still see the records and make the request
(`pmhub/api/stored_answers.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.imports import Rows
from pmhub.api.json_rendering import dumps
from pmhub.api.problems import Problem
from pmhub.models import StoredAnswer

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
LONGEST_KEY = 255
ACCEPTED = 202
KEPT = ("Location", "ETag", "Cache-Control")
A_FEW = 100  # expired answers that one request removes

Work = Callable[[], Response]


def run_once(
    request: Request, work: Work, secrets: tuple[str, ...], check: Callable[[Any], None]
) -> Response:
    """Do the work and store its answer, or return the stored answer of an earlier request with the
    same key. Before that `check` raises an error if the user has lost the rights to it, and removes
    from it what they may not see any more.

    An error of the work rolls back the row of the key as well: the key may be used again.
    """
    keyed = KeyedRequest(request)
    with transaction.atomic():
        stored = keyed.claim()
        if stored is None:
            response = work()
            if response.status_code < 400:
                keyed.store(response, secrets)
            else:
                transaction.set_rollback(True)
            return response
    answer = orjson.loads(bytes(stored.body)) if stored.body else None
    if stored.status != ACCEPTED:  # a job, which checks rights itself
        check(answer)
    return keyed.replay(stored, answer)


class KeyedRequest:
    """A request with an `Idempotency-Key`."""

    def __init__(self, request: Request) -> None:
        key = request.headers[HEADER]
        if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
            text = f"A key has 1 to {LONGEST_KEY} characters that can be printed."
            raise Problem(400, "invalid_idempotency_key", text)
        body = _content_of(request)
        if request.method != "POST":
            body = f"{request.method} {body}"
        self.hash = hashlib.sha256(body.encode()).hexdigest()
        self.place = {"user_id": request.user.pk, "route": request.path, "key": key}

    def claim(self) -> StoredAnswer | None:
        """Return None when the key is new and now belongs to this request; else the stored answer
        of the first request with it.

        A duplicate that comes while the first is at work waits on the unique index until that one
        commits or rolls back.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM pmhub_storedanswer WHERE user_id = %(user_id)s AND key = %(key)s"
                " AND route = %(route)s AND created_at < now() - interval '24 hours'",
                {**self.place},  # a copy, as the history adds parameters of its own
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
                # The answer may expire and be deleted between the two statements.
                if answer := StoredAnswer.objects.filter(**self.place).first():
                    return answer

    def store(self, response: Response, secrets: tuple[str, ...]) -> None:
        """Store the answer, without the members that are shown once, and delete a few expired
        answers."""
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

    def replay(self, stored: StoredAnswer, answer: Any) -> Response:
        """Return the stored answer, as far as the user may still see it (`answer`); raises a 422
        problem when this request differs from the first one."""
        if stored.request_hash != self.hash:
            text = "This key was used with another body: take a new key for a new request."
            raise Problem(422, "idempotency_key_reused", text)
        body = bytes(stored.body)
        if body and orjson.loads(body) != answer:
            body = dumps(answer)
        headers = {**stored.headers, REPLAYED: "true"}
        return Response(body or None, stored.status, headers=headers)


def _content_of(request: Request) -> str:
    """Return the content of a request as text, to compare requests. A file counts by its bytes, as
    its items depend on the records that exist."""
    data: Any = request.data
    if isinstance(data, Rows):
        query = request.META.get("QUERY_STRING", "")
        return f"{data.media_type}?{query} {hashlib.sha256(data.body).hexdigest()}"
    return json.dumps(data, sort_keys=True, default=str)
