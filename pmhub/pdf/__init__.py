"""Documents in HTML as PDF, by WeasyPrint: with page numbers, contents, bookmarks and tags.

WeasyPrint writes text with Pango, a library of the system that no wheel brings. Where it is missing
nothing is made and pages offer their view for printing; `MISSING` says so. It runs in a process of
its own, which gives back the memory that it takes and ends when it takes too long.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from functools import cache

MISSING = (
    "This installation makes no PDF: the library Pango is missing on its machine. Open the print"
    " view and print it from your browser; whoever runs pmhub installs libpango-1.0-0,"
    " libpangoft2-1.0-0 and libharfbuzz-subset0."
)
# Names of the library Pango on Linux and on macOS.
LIBRARIES = (
    ("libpango-1.0.so.0", "libpangoft2-1.0.so.0"),
    ("libpango-1.0.dylib", "libpangoft2-1.0.dylib"),
)
JOB = "pdf"  # the kind of job that makes a PDF
LONGEST = 10 * 60  # seconds


class PdfFailed(Exception):
    """No PDF could be made; the message is for the user who asked."""


@cache
def is_available() -> bool:
    """Return whether this machine can make PDF."""
    return any(all(map(_loads, names)) for names in LIBRARIES)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def pdf_of(html: str) -> bytes:
    """Return a document as PDF. Raises PdfFailed with a sentence if it cannot be made."""
    if not is_available():
        raise PdfFailed(MISSING)
    command = [sys.executable, "-m", "pmhub.pdf"]
    try:
        done = subprocess.run(
            command, input=html.encode(), capture_output=True, timeout=LONGEST, check=True
        )
    except subprocess.TimeoutExpired:
        raise PdfFailed("This took too long. Ask for less at once.") from None
    return done.stdout
