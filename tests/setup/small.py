"""A small application behind the product's web server, which starts at once and needs no database.

python -m tests.setup.small PORT PROCESSES PATIENCE BEHIND_PROXY
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator

from pmhub.server.connections import listen, serve
from pmhub.server.processes import Team

LARGE = b"x" * 3_000_000


def application(environ, start_response) -> Iterable[bytes]:
    """Answer with what came in; `/slow` gives a large answer whose second half comes a second
    later."""
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        start_response("200 OK", [("Content-Length", str(len(LARGE)))])
        return in_two_halves()
    who = {"scheme": environ["wsgi.url_scheme"], "client": environ["REMOTE_ADDR"]}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(who | {"body": len(body)}).encode()]


def in_two_halves() -> Iterator[bytes]:
    """Yield one half, and the other a second later."""
    middle = len(LARGE) // 2
    yield LARGE[:middle]
    time.sleep(1)
    yield LARGE[middle:]


if __name__ == "__main__":
    port, processes, patience, behind_proxy = sys.argv[1:]
    team = Team()
    sock = listen(f"127.0.0.1:{port}", team.socket)

    def work() -> None:
        serve(application, sock, patience=float(patience), behind_proxy=behind_proxy == "true")

    works = dict.fromkeys((f"web {number}" for number in range(int(processes))), work)
    team.run(works, socket=sock.fileno())
