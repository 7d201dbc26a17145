"""Rendering JSON: decimals as strings, moments in UTC with a Z."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def dumps(data: Any) -> bytes:
    """Return data as the bytes of an answer."""
    try:
        return orjson.dumps(data, default=_text, option=OPTIONS)
    except TypeError:  # a lone surrogate or a giant number, in what an error echoes
        return json.dumps(data, default=_text).encode()


def _text(value: Any) -> str:
    """Return a decimal with all its places and no exponent, however small; other values as text."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


class Json(BaseRenderer):
    """application/json by orjson."""

    media_type = "application/json"
    format = "json"
    charset: str | None = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body: empty for None; bytes are rendered already."""
        if isinstance(data, bytes):
            return data
        return b"" if data is None else dumps(data)
