"""Tells the database who makes the request, so that its triggers can note it with each act."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty
from pghistory.runtime import _can_inject_variable

from pmhub import lockout
from pmhub.audit.session_names import session_name
from pmhub.database.history import WritePath
from pmhub.database.statements import text_of

# Begins with a comment, for pghistory adds its context only to what does not begin with SELECT.
SET = "/* who asks */ SELECT set_config('pmhub.asks', {}, true); "
UNSAID = (None, "")


@contextmanager
def attributed_to(request: HttpRequest) -> Iterator[None]:
    """Inside the block, tell the database who makes the request. It is told with each statement
    that may write: a pooler may give each statement another connection, and the user of a token
    becomes known only during the request."""

    def say(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        # Prepared statements and unions only read; prefixed they would not be recognised as such.
        reads = not isinstance(sql, str) or text_of(sql) is not sql or sql.startswith("(")
        plain = not reads and not many
        if not plain or not _can_inject_variable(context["cursor"], sql):
            return execute(sql, params, many, context)
        facts = json.dumps(_request_facts(request))
        if isinstance(params, dict):
            named = {**params, "pmhub_asks": facts}
            return execute(SET.format("%(pmhub_asks)s") + sql, named, many, context)
        return execute(SET.format("%s") + sql, (facts, *(params or ())), many, context)

    with connection.execute_wrapper(say):
        yield


def _request_facts(request: Any) -> dict[str, Any]:
    """Return who makes the request, as far as that is known by now, without reading anything for
    it."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    token = getattr(getattr(request, "auth", None), "token_key", "")
    facts = {
        "user": _user_of(request),
        "request": getattr(request, "request_id", ""),
        "session": session_name(key) if key and not token else "",
        "token": token,
        "address": lockout.whence(request).get("address"),
        "via": _via(request.path, is_browser=bool(key)).value,
    }
    return {name: value for name, value in facts.items() if value not in UNSAID}


def _user_of(request: Any) -> int | None:
    user = vars(request).get("user")
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:
        user = vars(request).get("_cached_user")
    return getattr(user, "pk", None)


def _via(path: str, *, is_browser: bool) -> WritePath:
    if path.startswith("/admin/"):
        return WritePath.ADMIN
    return WritePath.REST if path.startswith("/api/") and not is_browser else WritePath.PAGE
