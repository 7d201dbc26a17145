"""Redis in a data folder, on a socket and no port."""

import socket
import time
from pathlib import Path

from pmhub.embedded import Failure, binaries
from pmhub.embedded.child_processes import Child, ChildEnded, ChildProcesses
from pmhub.embedded.folder import Folder


def url(folder: Folder, *, database: int = 0) -> str:
    """Return the address of one of the folder's databases, as Celery writes it.

    On a socket Celery takes the number from `virtual_host` alone and passes over `db`.
    """
    return f"redis+socket://{folder.sockets / 'redis.sock'}?virtual_host={database}"


def start(processes: ChildProcesses, folder: Folder, *, careless: bool = False) -> Child:
    """Start the server and wait until it answers; the caller holds the folder's lock."""
    data = folder.path / "redis"
    data.mkdir(exist_ok=True)
    path = folder.sockets / "redis.sock"
    path.unlink(missing_ok=True)  # What a killed server left would look like an answer to come.
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(data),
        "save": "" if careless else "60 1",
        "databases": "64",
        "loglevel": "warning",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    log = folder.logs / "redis.log"
    child = processes.start("redis", [binaries.redis(), *arguments], log=log)
    wait_until_ready(processes, path, log)
    return child


def wait_until_ready(processes: ChildProcesses, path: Path, log: Path) -> None:
    """Wait until the server answers a PING, after its data are loaded."""
    for _ in range(600):
        if answers(path):
            return
        try:
            processes.check()
        except ChildEnded as ended:
            raise Failure(f"{ended}:\n{log.read_text()}") from ended
        time.sleep(0.05)
    raise Failure(f"Redis does not answer:\n{log.read_text()}")


def answers(path: Path) -> bool:
    """Tell whether a Redis server on this socket is ready."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
