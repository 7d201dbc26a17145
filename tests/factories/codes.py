"""Codes for records that are not given one."""

from itertools import count

_numbers = count(1)


def next_code(prefix: str) -> str:
    """Return a code that no other record of these tests has."""
    return f"{prefix}{next(_numbers)}"
