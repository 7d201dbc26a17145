"""Clocks and a bare WSGI caller: what is measured is the application, not a test client."""

from __future__ import annotations

import gc
import io
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one call, medians of many: CPU of this process and its children, CPU of its
    PostgreSQL session, and wall clock."""

    here: float
    database: float
    wall: float

    @property
    def cpu(self) -> float:
        """CPU of this process and of the database together."""
        return self.here + self.database

    def shared(self, number: float) -> Timing:
        """Return the time for one of `number` things that were done in one call."""
        return Timing(self.here / number, self.database / number, self.wall / number)

    def __str__(self) -> str:
        return f"{self.cpu:.2f} ms ({self.here:.2f} + {self.database:.2f})"


def timed(
    call: Callable[[], object], repeats: int = 40, before: Callable[[], object] | None = None
) -> Timing:
    """Time a call after a warm-up; `before` is called each time and not timed."""
    if before:
        before()
    call()
    here, database, wall = [], [], []
    gc.collect()
    gc.freeze()  # so that objects of earlier measures are not collected during this one
    for _ in range(repeats):
        if before:
            before()
        began, session, at = cpu_milliseconds(), used_by_session(), time.perf_counter()
        call()
        wall.append(1000 * (time.perf_counter() - at))
        here.append(cpu_milliseconds() - began)
        database.append(used_by_session() - session)
    return Timing(*(statistics.median(times) for times in (here, database, wall)))


def cpu_milliseconds() -> float:
    """Return the milliseconds of CPU of this process and of its ended children."""
    used = os.times()
    return 1000 * (time.process_time() + used.children_user + used.children_system)


def used_by_session() -> float:
    """Return the milliseconds of CPU of our PostgreSQL session; 0 if that is on another machine."""
    here = connection.settings_dict["HOST"]
    near = not here or here.startswith("/") or here in ("127.0.0.1", "localhost")
    pid = connection.connection.info.backend_pid if near and connection.connection else 0
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return 0.0


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Caller:
    """Calls the application as a server would, signed in by a session cookie."""

    application: WSGIHandler
    cookie: str

    def __call__(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[str, dict[str, str], bytes]:
        """Return the status, headers and body of an answer."""
        answer: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            answer.update(status=status, headers=dict(headers))

        chunks = self.application(self.environ(path, method, body, headers or {}), start)
        content = b"".join(chunks)
        chunks.close()
        return answer["status"], answer["headers"], content

    def environ(self, path: str, method: str, body: bytes, headers: Mapping[str, str]) -> Environ:
        """Return the WSGI environment that a server would pass."""
        path, _, query = path.partition("?")
        # A key takes the place of the session, which would require a CSRF token for a write.
        cookie = {} if "Authorization" in headers else {"HTTP_COOKIE": self.cookie}
        named = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in headers.items()}
        return {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **cookie,
            **named,
        }
