"""Who is next: the askers in turn, and of each the requests in order.

Whoever asks for fifty things at once waits for them, and nobody else does.
"""

import re
import threading
from collections import Counter, OrderedDict, deque
from typing import Any

SESSION = re.compile(r"(?:^|[; ])(?:__Host-)?sessionid=([^;]+)")


def asker(channel: Any) -> str:
    """Return the key by which requests of one asker are told from those of others: the session or
    token that is shown, else the address."""
    headers = channel.requests[0].headers
    session = SESSION.search(headers.get("COOKIE", ""))
    proof = headers.get("AUTHORIZATION") or (session and session[1])
    return str(proof or _address(channel, headers))


def _address(channel: Any, headers: Any) -> str:
    if channel.server.adj.trusted_proxy:
        return str(headers.get("X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return str(channel.addr[0])


class FairQueue:
    """What waits to be answered, in the place of a queue of waitress's. Of one asker at most `most`
    are answered at once: one thread is always there for the others."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self.running: Counter[str] = Counter()
        self.lock = threading.Lock()

    def append(self, channel: Any) -> None:
        """Put a channel with a request at the end of its asker's."""
        name = asker(channel)
        with self.lock:
            self.waiting.setdefault(name, deque()).append(channel)

    def __len__(self) -> int:
        """Return how many could be answered now."""
        with self.lock:
            return sum(len(self.waiting[name]) for name in self._ready())

    def popleft(self) -> "QueuedRequest":
        """Return what is next; its asker comes last from here on. IndexError where nothing is."""
        with self.lock:
            name = next(iter(self._ready()), None)
            if name is None:
                raise IndexError
            channels = self.waiting.pop(name)
            channel = channels.popleft()
            if channels:
                self.waiting[name] = channels
            self.running[name] += 1
            return QueuedRequest(self, name, channel)

    def _ready(self) -> list[str]:
        return [name for name in self.waiting if self.running[name] < self.most]

    def end(self, name: str) -> None:
        """Note that one is answered. Its thread then looks for the next itself."""
        with self.lock:
            self.running[name] -= 1
            if not self.running[name]:
                del self.running[name]


class QueuedRequest:
    """One request that is answered, in the place of its channel."""

    def __init__(self, turns: FairQueue, name: str, channel: Any) -> None:
        self.turns, self.name, self.channel = turns, name, channel

    def service(self) -> None:
        """Answer it."""
        try:
            self.channel.service()
        finally:
            self.turns.end(self.name)

    def cancel(self) -> None:
        """Answer it no more."""
        self.channel.cancel()
