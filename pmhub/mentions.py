"""Mentions in a text: `@PE18`, the code of a person of the directory."""

from __future__ import annotations

import re

MOST = 20  # people in one text
# Not within a word, an e-mail address or a web address.
MENTION = re.compile(r"(?<![\w@./-])@(\w+(?:[-.]\w+)*)")


def codes_in(text: str) -> list[str]:
    """Return the codes that a text mentions, each once, in lower case."""
    return list(dict.fromkeys(code.casefold() for code in MENTION.findall(text)))
