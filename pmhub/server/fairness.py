"""Fair turns: each client's requests are answered in order, and clients take turns.

A client that asks for fifty things at once waits for them, and no other client does.
"""

import re
import threading
from collections import Counter, OrderedDict, deque
from typing import Any

SESSION = re.compile(r"(?:^|[; ])(?:__Host-)?sessionid=([^;]+)")


def asker(channel: Any) -> str:
    """Return the key that distinguishes the clients of requests: their session or token, else their
    address."""
    headers = channel.requests[0].headers
    session = SESSION.search(headers.get("COOKIE", ""))
    proof = headers.get("AUTHORIZATION") or (session and session[1])
    return str(proof or _address(channel, headers))


def _address(channel: Any, headers: Any) -> str:
    if channel.server.adj.trusted_proxy:
        return str(headers.get("X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return str(channel.addr[0])


class FairQueue:
    """The requests that wait for an answer, in place of waitress's queue. At most `most` requests
    of one client are answered at the same time, so that one thread is always free for others."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: OrderedDict[str, deque[Any]] = OrderedDict()
        self.running: Counter[str] = Counter()
        self.lock = threading.Lock()

    def append(self, channel: Any) -> None:
        """Add a channel with a request to the end of its client's queue."""
        name = asker(channel)
        with self.lock:
            self.waiting.setdefault(name, deque()).append(channel)

    def __len__(self) -> int:
        """Return how many requests could be answered now."""
        with self.lock:
            return sum(len(self.waiting[name]) for name in self._ready())

    def popleft(self) -> "QueuedRequest":
        """Return the next request; its client then comes last. Raises IndexError if there is
        none."""
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
        """Note that a request has been answered. Its thread then looks for the next one itself."""
        with self.lock:
            self.running[name] -= 1
            if not self.running[name]:
                del self.running[name]


class QueuedRequest:
    """One request in progress, in place of its channel."""

    def __init__(self, turns: FairQueue, name: str, channel: Any) -> None:
        self.turns, self.name, self.channel = turns, name, channel

    def service(self) -> None:
        """Answer the request."""
        try:
            self.channel.service()
        finally:
            self.turns.end(self.name)

    def cancel(self) -> None:
        """Cancel the request."""
        self.channel.cancel()
