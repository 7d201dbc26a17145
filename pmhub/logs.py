"""Log lines, as text or as JSON objects, with the id of the request or task to which they belong.
Secrets are removed from them, whoever writes them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Patterns of secrets, with the part of each that a line may keep.
SECRETS = (
    (re.compile(r"pmh_[0-9A-Za-z]+"), "pmh_…"),
    (re.compile(r"(/account/link/[\w-]+/|/accounts/first/)[^/\s'\"]+"), r"\1…"),
    (re.compile(r"(?i)\b(password|passwd|secret|code|state|token|sessionid)=[^&\s'\"]+"), r"\1=…"),
    (re.compile(r"(\w://)[^/@\s]+@"), r"\1…@"),
)
_about: ContextVar[dict[str, str]] = ContextVar("about", default={})  # noqa: B039  # the default is never changed


@contextmanager
def log_context(**ids: str) -> Iterator[None]:
    """Add these ids of a request or task to log lines inside the block."""
    token = _about.set({name: value for name, value in ids.items() if value})
    try:
        yield
    finally:
        _about.reset(token)


def begin(**ids: str) -> None:
    """Add these ids of a request or task to log lines from here on, in this thread."""
    _about.set({name: value for name, value in ids.items() if value})


def request_id() -> str:
    """Return the id of the present request; empty if there is none."""
    return _about.get().get("request", "")


def without_secrets(text: str) -> str:
    """Return a text without keys, one-time links, and passwords in addresses."""
    for pattern, kept in SECRETS:
        text = pattern.sub(kept, text)
    return text


class Lines(logging.Formatter):
    """Formats log lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return without_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """Formats log lines as JSON, for programs that collect them. `extra={"said": {…}}` adds
    members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_about.get(),
            **getattr(record, "said", {}),
        }
        # Django logs an answer after the request has left all middleware.
        if request_id := getattr(getattr(record, "request", None), "request_id", ""):
            fields["request"] = request_id
        if record.exc_info:
            fields["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False, default=str)


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Return the logging settings: lines of this level or above go to standard error, formatted as
    `json` or as a `line`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "pmhub.logs.JsonLines"},
            "line": {
                "()": "pmhub.logs.Lines",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
    }
