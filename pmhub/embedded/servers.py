"""Both servers of a data folder, and the environment that leads to them."""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pmhub.embedded import Failure, postgres, redis
from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import Busy, Folder, default_home

LEADING = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
OFFLINE = {"help", "version", "-h", "--help", "--version"}
PATIENCE = 20  # seconds for the servers of somebody who is just starting them


def environment(folder: Folder) -> dict[str, str]:
    """Return the environment in which Django finds the folder's servers, on one's own machine."""
    return {
        "DATABASE_URL": postgres.url(folder),
        "REDIS_URL": redis.url(folder),
        "SECRET_KEY_FILE": str(folder.secret_key_file()),
        "PMHUB_DEMO": "true",
        "SECURE_COOKIES": "false",  # ./run speaks plain HTTP
    }


def is_named(name: str) -> bool:
    """Tell whether the environment gives this variable, itself or as the name of a file."""
    plain = name.removesuffix("_FILE")
    return bool(os.environ.get(plain) or os.environ.get(f"{plain}_FILE"))


def lacking(folder: Folder) -> dict[str, str]:
    """Return the variables by which Django finds the folder's servers, without those that the
    environment gives already."""
    return {name: value for name, value in environment(folder).items() if not is_named(name)}


def start(processes: ChildProcesses, folder: Folder, given: Mapping[str, str]) -> None:
    """Start the servers that `given` leads to; the caller holds the folder's lock."""
    if "DATABASE_URL" in given:
        postgres.start(processes, folder)
    if "REDIS_URL" in given:
        redis.start(processes, folder)


@contextmanager
def lent(arguments: Sequence[str]) -> Iterator[None]:
    """Inside the block, give a command of manage.py the variables by which it finds the servers.

    If a ./run or another command has started servers, it uses those; else it starts some, which end
    with it. An environment that gives all that Django needs stays as it is.
    """
    if all(map(is_named, LEADING)):
        yield
        return
    folder = Folder(default_home())
    try:
        if not arguments or OFFLINE & set(arguments):
            os.environ.update(lacking(folder))
            yield
        else:
            with at_hand(folder):
                yield
    except Failure as failure:
        sys.exit(str(failure))


@contextmanager
def at_hand(folder: Folder) -> Iterator[None]:
    """Inside the block, have the folder's servers running."""
    try:
        lock = folder.lock()
    except Busy:
        os.environ.update(lacking(folder))
        wait_until_ready(folder)
        yield
        return
    with lock:
        processes = ChildProcesses(folder, lock)
        try:
            given = lacking(folder)
            start(processes, folder, given)
            os.environ.update(given)
            yield
        finally:
            processes.end()


def wait_until_ready(folder: Folder) -> None:
    """Wait for servers that somebody else has started, where the environment leads to them."""
    deadline = time.monotonic() + PATIENCE
    while not answer(folder):
        if time.monotonic() > deadline:
            raise Failure(
                f"{folder.path} is in use by process {folder.holder() or 'unknown'}, and no server"
                " of it answers: set DATABASE_URL and REDIS_URL to those that it uses."
            )
        time.sleep(0.1)


def answer(folder: Folder) -> bool:
    """Tell whether every server of the folder that the environment leads to takes connections."""
    ours = environment(folder)
    return (
        os.environ.get("DATABASE_URL") != ours["DATABASE_URL"] or postgres.answers(folder)
    ) and (
        os.environ.get("REDIS_URL") != ours["REDIS_URL"]
        or redis.answers(folder.sockets / "redis.sock")
    )
