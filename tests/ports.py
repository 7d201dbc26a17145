"""Ports for the servers that tests start in processes of their own."""

import os
import socket
from itertools import count

# Below the ports that systems give to whoever asks for any, such as each client that connects: one
# of those may be taken again before the server that it is meant for has begun.
FIRST, MOST = 20_000, 1_000
worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
asked = count(os.getpid() % MOST)


def free() -> int:
    """Return a port that nobody listens at, and that no other process of this run is given."""
    while True:
        port = FIRST + worker % 10 * MOST + next(asked) % MOST
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
