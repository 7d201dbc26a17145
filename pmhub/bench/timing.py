"""Clocks and a bare WSGI caller: what is measured is the application, not a test client."""

from __future__ import annotations

import gc
import io
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one call: CPU of this process and wall, medians of many."""

    cpu: float
    wall: float


def timed(call: Callable[[], object], repeats: int = 40) -> Timing:
    """Time a call, warmed up once."""
    call()
    cpu, wall = [], []
    gc.collect()
    gc.freeze()  # what earlier measures left is not this one's to look through
    for _ in range(repeats):
        began, at = time.process_time(), time.perf_counter()
        call()
        cpu.append(1000 * (time.process_time() - began))
        wall.append(1000 * (time.perf_counter() - at))
    return Timing(statistics.median(cpu), statistics.median(wall))


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of all stays within."""
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
        """Answers status, headers and body."""
        answer: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            answer.update(status=status, headers=dict(headers))

        chunks = self.application(self.environ(path, method, body, headers or {}), start)
        content = b"".join(chunks)
        chunks.close()
        return answer["status"], answer["headers"], content

    def environ(self, path: str, method: str, body: bytes, headers: Mapping[str, str]) -> Environ:
        """What a server would pass."""
        path, _, query = path.partition("?")
        # A key stands for the session: with both, the session would ask for a CSRF token.
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
