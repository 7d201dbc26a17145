"""Text that people write: what it may contain, and the form in which it is stored."""

import re
import unicodedata
from collections.abc import Iterable

# Marks of direction and joining, which some scripts and pictures need and nobody sees; the last
# says where a word may be broken.
MARKS = "\u200e\u200f\u061c\u200c\u200d\u00ad"
BLANKS = " \u00a0\t\n\r"  # blanks around a text, which mean nothing
EMPTY = "\u115f\u1160\u2800\u3164\uffa0"  # letters and other characters without a visible shape
NUMBERED = re.compile(r"^(.*?)(\d+)$")
ONE_LINE = 500  # characters; longer texts may have several lines

# What is refused, as a class of regular expressions, in the words of Python and PostgreSQL alike:
# controls, separators of lines, overrides and isolates of direction, formats that nobody sees.
REFUSED = (
    r"\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
LINE_ENDS = r"\t\n\r"
# Blanks, marks and characters without a shape, for both: a text of only these counts as empty in
# the database too. `empty` knows more of them, from Python's tables of Unicode.
UNSEEABLE = (
    r"\u0001-\u0020\u007f-\u00a0\u00ad\u0300-\u036f\u0483-\u0489\u061c\u115f\u1160\u1680\u17b4"
    r"\u17b5\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u20d0-\u20ff\u2800\u3000\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    r"\U000f0000-\U0010ffff"
)
_REFUSED = re.compile(rf"[\x00\ud800-\udfff{REFUSED}]")
_REFUSED_IN_A_LINE = re.compile(rf"[\x00\ud800-\udfff{REFUSED}{LINE_ENDS}]")


def tidy(text: str) -> str:
    """Return the text in the form in which it is stored: composed (NFC), without blanks at its
    ends."""
    return unicodedata.normalize("NFC", text).strip(BLANKS)


def legible(text: str, *, lines: bool) -> bool:
    """Return whether the text has no invisible characters; with `lines`, line ends and tabs are
    allowed."""
    return not (_REFUSED if lines else _REFUSED_IN_A_LINE).search(text)


def empty(text: str) -> bool:
    """Return whether nothing in the text is visible, only blanks, marks and characters without a
    shape."""
    return all(char in EMPTY or unicodedata.category(char)[0] in "CZM" for char in text)


def has_lines(longest: int | None) -> bool:
    """Return whether a text of at most so many characters (None: any number) may have several
    lines."""
    return longest is None or longest > ONE_LINE


# Letters with a stroke, which Unicode does not decompose into letter and stroke.
STROKES = str.maketrans(
    {"ø": "o", "đ": "d", "ħ": "h", "ł": "l", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
)
UNSEEN = str.maketrans("", "", MARKS)


def plain(text: str) -> str:
    """Return the text as it is searched: without case, accents and invisible marks."""
    apart = unicodedata.normalize("NFKD", text.translate(UNSEEN).casefold())
    kept = "".join(char for char in apart if not unicodedata.combining(char))
    return kept.translate(STROKES)


def in_order(text: str) -> tuple[str, str]:
    """Return the sort key of a text: letters before accents, numbers by their value."""
    padded = re.sub(r"[0-9]+", lambda number: number[0].lstrip("0").zfill(18), plain(text))
    return padded, text.casefold()


def next_code(codes: Iterable[str]) -> str:
    """Return the code after the highest of these, such as R07 after R01 to R06; empty if none ends
    in a number."""
    numbered = [(match[1], match[2]) for code in codes if (match := NUMBERED.fullmatch(code))]
    if not numbered:
        return ""
    stem, digits = max(numbered, key=lambda pair: int(pair[1]))
    return f"{stem}{int(digits) + 1:0{len(digits)}d}"


def label_of(name: str) -> str:
    """Return a name in words: `cost_green_pct` → Cost green per cent."""
    words = name.replace("_pct", " per cent").replace("_", " ")
    return words.replace("disbenefit", "dis-benefit").capitalize()
