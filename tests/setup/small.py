"""A small application behind the product's web server, which starts at once and needs no database.

python -m tests.setup.small PORT PROCESSES PATIENCE BEHIND_PROXY
"""

import io
import json
import sys
import time
from collections.abc import Iterable, Iterator

from pmhub.server.connections import listen, serve
from pmhub.server.processes import Team

LARGE = b"x" * 3_000_000


def application(environ, start_response) -> Iterable[bytes]:
    """Answer with what came in; `/slow` gives a large answer whose second half comes a second
    later, `/pieces` one that does not say how long it is, `/file` a file."""
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        start_response("200 OK", [("Content-Length", str(len(LARGE)))])
        return in_two_halves()
    if environ["PATH_INFO"] == "/pieces":
        start_response("200 OK", [])
        return iter([b"one", b"two"])
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Length", "4")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"file"))
    who = {"scheme": environ["wsgi.url_scheme"], "client": environ["REMOTE_ADDR"]}
    said = json.dumps(who | {"body": len(body)}).encode()
    length = ("Content-Length", str(len(said)))
    start_response("200 OK", [("Content-Type", "application/json"), length])
    return [said]


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
