"""Database sessions that take turns, each in a thread and a connection of its own.

A body is a function that calls `step()` before each of its steps. The scheduler lets one step at a
time happen, in a given order, and notes when a step has to wait for a lock.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

SOON = 60  # seconds; nothing here waits as long unless it is broken
GLANCE = 0.1  # seconds after which one asks whether a step waits for a lock

_here = threading.local()


def step() -> None:
    """End the present step of this thread's actor and wait for the next turn; does nothing in other
    threads."""
    if actor := getattr(_here, "actor", None):
        actor.step()


class Actor:
    """One session; it stays connected over many rounds."""

    def __init__(self, name: str, body: Callable[[], None], steps: int) -> None:
        self.name, self.body, self.steps = name, body, steps
        self.pid = 0
        self.failure: BaseException | None = None
        self.idle = True  # between two rounds
        self._may, self._did = threading.Semaphore(0), threading.Semaphore(0)
        self._ending = False
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()
        self._wait()

    def _live(self) -> None:
        _here.actor = self
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.pid = cursor.fetchone()[0]
            self._did.release()
            while self._may.acquire() and not self._ending:
                self._round()
                self.idle = True
                self._did.release()
        finally:
            connection.close()

    def _round(self) -> None:
        self._first = True
        try:
            self.body()
        except BaseException as error:  # noqa: BLE001  # carried over to the test
            self.failure = error

    def step(self) -> None:
        """End the present step and wait for the next turn; the body calls this."""
        if self._first:
            self._first = False  # the turn that began the round is the first step's
            return
        self._did.release()
        self._may.acquire()

    def go(self) -> bool:
        """Let the next step happen; return False if it waits for another session's lock."""
        self.idle = False
        self._may.release()
        while not self._did.acquire(timeout=GLANCE):
            if self.is_blocked():
                return False
        return True

    def is_blocked(self) -> bool:
        """Return whether the session waits for a lock that another one holds."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [self.pid])
            return bool(cursor.fetchone()[0])

    def _wait(self) -> None:
        assert self._did.acquire(timeout=SOON), f"{self.name} does not come back"

    def finish(self, *, waiting: bool) -> None:
        """Let the remaining steps of the round happen."""
        if waiting:
            self._wait()
        while not self.idle:
            self._may.release()
            self._wait()

    def end(self) -> None:
        """Disconnect."""
        self._ending = True
        self._may.release()
        self._thread.join(SOON)


@contextmanager
def ending(actors: Iterable[Actor]) -> Iterator[None]:
    """Disconnect these actors at the end."""
    actors = list(actors)
    try:
        yield
    finally:
        for actor in actors:
            actor.end()


def orders(counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield every order of so many steps of each actor; the steps of one actor keep their own
    order."""
    if not any(counts):
        yield ()
    for number, left in enumerate(counts):
        if left:
            fewer = [each - (place == number) for place, each in enumerate(counts)]
            for rest in orders(fewer):
                yield (number, *rest)


def play(actors: Sequence[Actor], order: Iterable[int], after: Callable[[Actor], Any]) -> bool:
    """Let the steps happen in this order, and then all that remain. Return False if the order was
    not possible, since a step had to wait for a lock.

    `after` is called after the last step of each actor, which is its commit.
    """
    waiting = _play(actors, order, after)
    for actor in sorted(actors, key=lambda each: each is waiting):
        actor.finish(waiting=actor is waiting)
        if actor.failure:
            raise actor.failure
    return waiting is None


def _play(
    actors: Sequence[Actor], order: Iterable[int], after: Callable[[Actor], Any]
) -> Actor | None:
    begun: set[int] = set()
    for number in order:
        actor = actors[number]
        if number in begun and actor.idle:
            continue  # it had nothing more to do
        begun.add(number)
        if not actor.go():
            return actor
        if actor.idle:
            after(actor)
    return None
