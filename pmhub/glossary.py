"""The glossary of the product, read from `docs/glossary.md` for its page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
LINE = re.compile(r"\| (?P<word>[^|]+) \| (?P<means>[^|]+) \|")
HEAD = {"word", "---"}

Section = tuple[str, list[tuple[str, str]]]  # a title, and terms with their meanings


@cache
def sections() -> list[Section]:
    """Return the sections of the glossary; words in *italics* are explained there too."""
    sections: list[Section] = []
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            sections.append((line.removeprefix("## "), []))
        elif (row := LINE.fullmatch(line)) and row["word"] not in HEAD:
            sections[-1][1].append((row["word"], row["means"].replace("*", "")))
    return sections
