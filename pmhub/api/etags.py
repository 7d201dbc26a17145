"""The ETags that a request names, in `If-Match` and `If-None-Match`."""

import re

from pmhub.api.problems import Problem

ANY = "*"
TAG = re.compile(r'[ \t]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)')
# The suffix that a proxy adds to the ETag of an answer that it compresses.
COMPRESSED = re.compile(r"(?:--?|[;:])(?:gzip|x-gzip|br|zstd|deflate|df)$")
VERSION = re.compile(r"v([0-9]{1,10})(?:-[0-9a-f]+)?")


def tags(name: str, text: str) -> list[str]:
    """Return the text of each ETag in a header, without quotes and without the suffix that a server
    adds after compression; `ANY` for an asterisk. Raises a 400 problem for a header that is no list
    of ETags."""
    if text.strip() == ANY:
        return [ANY]
    etags, place = [], 0
    while place < len(text):
        match = TAG.match(text, place)
        if match is None:
            raise malformed(name)
        etags.append(COMPRESSED.sub("", match[1]))
        place = match.end()
    if not etags:
        raise malformed(name)
    return etags


def versions(name: str, text: str) -> set[int] | None:
    """Return the versions of a record that a header names, None for any. Raises a 400 problem for
    an ETag that does not name a version."""
    given = tags(name, text)
    if given == [ANY]:
        return None
    matches = [VERSION.fullmatch(tag) for tag in given]
    if not all(matches):
        raise malformed(name)
    return {int(match[1]) for match in matches if match}


def malformed(name: str) -> Problem:
    """Return the problem for a header that holds something else than ETags of records."""
    text = f'{name} takes the ETag that was answered, as it was, such as "v7".'
    return Problem(400, "malformed_etag", text)
