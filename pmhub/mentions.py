"""Mentions in a text: `@PE18`, the code of a person of the directory."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pmhub.text import UNSEEN

MOST = 20  # people in one text
LAST_SCRIPT = 0xAC00  # where Hangul begins, whose letters need no marks


def _ranges() -> Iterator[str]:
    """Yield, as parts of a class of regular expressions, the marks that follow letters: accents,
    and the vowels of scripts such as Devanagari."""
    first = None
    for point in range(0x300, LAST_SCRIPT + 1):
        mark = unicodedata.category(chr(point))[0] == "M"
        if mark and first is None:
            first = point
        elif first is not None and not mark:
            yield f"{chr(first)}-{chr(point - 1)}"
            first = None


LETTER = rf"[\w{''.join(_ranges())}{''.join(map(chr, UNSEEN))}]"
# Not within a word, an e-mail address or a web address.
MENTION = re.compile(rf"(?<![\w@./-])@({LETTER}+(?:[-.]{LETTER}+)*)")


def folded(code: str) -> str:
    """Return a code as mentions compare it: without its case and marks that nobody sees."""
    return unicodedata.normalize("NFC", code.translate(UNSEEN).casefold())


def codes_in(text: str) -> list[str]:
    """Return the codes that a text mentions, each once, in the form in which they are compared."""
    return list(dict.fromkeys(folded(code) for code in MENTION.findall(text)))
