"""Checks files with a virus scanner that speaks the protocol of clamd.

`SCANNER_URL` names the scanner; without it nothing is scanned. If the scanner does not answer, no
file is accepted.
"""

from __future__ import annotations

import logging
import socket
import struct
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

log = logging.getLogger(__name__)

PATIENCE = 10  # seconds for each step
BLOCK = 64 * 1024
LONGEST = 4096  # bytes of an answer
CLEAN, FOUND = "OK", "FOUND"
PORT = 3310


class ScannerUnavailable(Exception):
    """The scanner does not answer, or its answer says nothing about the file."""


def harmful(content: Any) -> str:
    """Return the name of the virus in a file; empty if there is none. Raises ScannerUnavailable."""
    if not settings.SCANNER_URL:
        return ""
    try:
        answer = _answer_of_scanner(content)
    except OSError as error:
        log.warning("The scanner gave no answer: %s", type(error).__name__)
        raise ScannerUnavailable from error
    name, _, verdict = answer.partition(": ")[2].rpartition(" ")
    if verdict == FOUND:
        log.warning("The scanner refused a file: %s", name)
        return name
    if verdict != CLEAN or name:
        log.warning("The scanner could not judge a file.")
        raise ScannerUnavailable
    return ""


def _answer_of_scanner(content: Any) -> str:
    """Send a file in blocks, each with its length before it, and return the scanner's answer."""
    with _connected() as scanner:
        scanner.sendall(b"zINSTREAM\0")
        content.seek(0)
        while block := content.read(BLOCK):
            scanner.sendall(struct.pack("!L", len(block)) + block)
        scanner.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST:
            if not (more := scanner.recv(LONGEST)):
                break
            answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _connected() -> socket.socket:
    where = urlsplit(settings.SCANNER_URL)
    return socket.create_connection((where.hostname or "", where.port or PORT), timeout=PATIENCE)
