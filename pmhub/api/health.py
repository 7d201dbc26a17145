"""Whether the process lives, and whether it can serve: for supervisors, without signing in."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pmhub.api.json_rendering import dumps

PATIENCE = 0.3  # seconds for Redis, which only speeds things up
OLDEST = (
    "SELECT extract(epoch FROM clock_timestamp() - min(requested_at))::float8, count(*)"
    " FROM programmes_rolluprequest"
)


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _answer({"status": "ok"}, 200)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database answers; the state of Redis and the age of the oldest request to
    recompute are reported too."""
    details: dict[str, Any] = {"redis": _redis()}
    try:
        with connection.cursor() as cursor:
            cursor.execute(OLDEST)
            age, waiting = cursor.fetchone()
    except (DatabaseError, InterfaceError):
        return _answer({"status": "unavailable", "database": "down", **details}, 503)
    details["rollup_requests"] = {"waiting": waiting, "oldest_seconds": age}
    return _answer({"status": "ok", "database": "up", **details}, 200)


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace(
            "virtual_host=", "db="
        ),
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )


def _redis() -> str:
    try:
        return "up" if _client().ping() else "down"
    except (redis.RedisError, OSError):
        return "down"


def _answer(data: dict[str, Any], status: int) -> HttpResponse:
    response = HttpResponse(dumps(data), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
