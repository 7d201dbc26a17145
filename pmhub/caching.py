"""Caches of this process: a value is made once, and again only when its key changes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Any
from weakref import WeakSet

# In every time zone midnight comes at a quarter of an hour, and with it another status date and
# other roles.
QUARTER = 900
KNOWN, TOPIC = 200_000, 100  # bytes of all known tables of a cache, and of one, about

_every: WeakSet[BoundedCache] = WeakSet()


def quarter() -> int:
    """Return the number of the current quarter of an hour, counted from 1970."""
    return int(time.time()) // QUARTER


def forget() -> None:
    """Clear all caches of this process, because what made their values, such as a template, has
    changed."""
    for cache in _every:
        cache.clear()


class BoundedCache:
    """A cache of values by key, of at most so many bytes; the least recently used are dropped
    first.

    A key must hold all that a value depends on, so that a value is never wrong, only unused.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        _every.add(self)

    def get(self, key: Hashable) -> Any:
        """Return the value of a key; None if there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Store a value of `size` bytes, unless it alone is larger than the cache."""
        if size > self._most:
            return
        with self._lock:
            _, before = self._values.pop(key, (None, 0))
            self._values[key] = value, size
            self._size += size - before
            while self._size > self._most:
                _, (_, freed) = self._values.popitem(last=False)
                self._size -= freed

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._values.clear()
            self._size = 0


class KnownTables:
    """The tables from which answers of each kind were read so far. An answer that is read from
    further tables adds them."""

    def __init__(self) -> None:
        self._by_kind = BoundedCache(KNOWN)

    def of(self, kind: Hashable) -> frozenset[str]:
        """Return the topics of the tables of a kind; none for a kind that was not read yet."""
        tables: frozenset[str] = self._by_kind.get(kind) or frozenset()
        return tables

    def add(self, kind: Hashable, tables: Iterable[str]) -> None:
        """Add tables from which an answer of a kind was read."""
        known = self.of(kind).union(tables)
        self._by_kind.put(kind, known, TOPIC * (1 + len(known)))

    def clear(self) -> None:
        """Forget all tables."""
        self._by_kind.clear()
