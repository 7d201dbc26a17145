"""The web server: every core, slow clients, bodies without end, requests with two ends, an orderly
stop. Real processes and real sockets."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple

import pytest

from pmhub.embedded.folder import CHECKOUT
from pmhub.embedded.guardian import is_gone
from pmhub.server.__main__ import MOST, options
from pmhub.server.connections import LARGER_BODIES, LARGEST_BODY
from pmhub.server.processes import cores
from tests import ports

pytestmark = pytest.mark.slow

PATIENCE = 4  # seconds that the server under test waits for a request, on a busy machine
MANY = 300
HOST = b"Host: 127.0.0.1\r\n"
NAMED = {"WEB_PROCESSES", "BEHIND_PROXY"}


class Answer(NamedTuple):
    """The answer of a web server."""

    status: int
    headers: HTTPMessage
    content: bytes


class Web:
    """A web server in processes of its own, and ways to talk to it."""

    def __init__(self, *command: str, **env: str) -> None:
        self.port = ports.free()
        bare = {name: value for name, value in os.environ.items() if name not in NAMED}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *(part.format(port=self.port) for part in command)],
            cwd=CHECKOUT,
            env=bare | env,
            start_new_session=True,
        )
        within(60, self.is_up)

    def is_up(self) -> bool:
        assert self.process.poll() is None
        with contextlib.suppress(OSError):
            return bool(self.get("/livez"))
        return False

    def get(self, path: str, **headers: str) -> Answer:
        client = HTTPConnection("127.0.0.1", self.port, timeout=60)
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        return Answer(answer.status, answer.msg, answer.read())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def say(self, *parts: bytes) -> bytes:
        """Send parts one after the other; return all that comes back until the connection ends."""
        with self.connect() as client:
            with contextlib.suppress(ConnectionError):
                for part in parts:
                    client.sendall(part)
            return until_closed(client)

    def members(self) -> list[int]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def small(processes: int = 2, *, behind_proxy: bool = False) -> Iterator[Web]:
    """A small application behind the server."""
    proxy = str(behind_proxy).lower()
    web = Web("tests.setup.small", "{port}", str(processes), str(PATIENCE), proxy)
    try:
        yield web
    finally:
        web.end()


def within(seconds: float, condition) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_closed(client: socket.socket) -> bytes:
    said = b""
    while part := client.recv(65536):
        said += part
    return said


def status(said: bytes) -> int:
    return int(said.split()[1])


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with small() as web:
        yield web


# Cores


def test_a_process_serves_for_each_core_unless_the_environment_names_a_number(monkeypatch):
    monkeypatch.delenv("WEB_PROCESSES", raising=False)
    assert options([]).processes == min(cores(), MOST)
    monkeypatch.setenv("WEB_PROCESSES", "3")
    assert options([]).processes == 3
    assert options(["--processes=5"]).processes == 5


def test_a_process_that_is_killed_is_replaced_while_the_other_serves(web):
    before = web.members()
    os.kill(before[0], signal.SIGKILL)
    for _ in range(10):
        assert web.get("/").status == 200
    within(60, lambda: len(set(web.members()) - set(before)) == 1)
    assert len(set(web.members()) & set(before)) == 1


def test_when_the_first_process_is_killed_the_others_end():
    with small() as web:
        members = web.members()
        web.process.kill()
        web.process.wait()
        within(60, lambda: all(map(is_gone, members)))


# Slow clients


ADOPTED = """
import os
from pmhub.server.processes import Watcher
first, member = (os.fork() or os._exit(0) for _ in range(2))
watcher = Watcher({"members": {"web 1": member}}, [])
watcher.stopping = True
watcher.run()
"""


def test_a_process_that_others_left_behind_ends_no_watcher():
    subprocess.run([sys.executable, "-c", ADOPTED], cwd=CHECKOUT, timeout=60, check=True)


def slow_heads(number: int) -> bytes:
    return b"GET / HTTP/1.1\r\n" + HOST + b"X-Slow: "


def slow_bodies(number: int) -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n"


def slow_chunks(number: int) -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n400\r\n"


def blank_lines(number: int) -> bytes:
    return b"\r\n"


@pytest.mark.parametrize("begin", [slow_heads, slow_bodies, slow_chunks, blank_lines])
def test_three_hundred_slow_clients_hold_up_nobody_and_are_cut_off(web, begin):
    clients = []
    drip = b"\r\n" if begin is blank_lines else b"a"
    for number in range(MANY):
        client = web.connect()
        client.sendall(begin(number))
        client.setblocking(False)
        clients.append(client)
    began, answered = time.monotonic(), 0
    open_ones = set(clients)
    while open_ones and time.monotonic() < began + PATIENCE + 60:
        assert web.get("/").status == 200
        for client in list(open_ones):
            try:
                client.send(drip)
                if select.select([client], [], [], 0)[0] and not client.recv(4096):
                    open_ones.discard(client)
            except OSError:
                open_ones.discard(client)
        answered += bool(open_ones)
        time.sleep(0.2)
    for client in clients:
        client.close()
    assert not open_ones
    assert answered  # were they waited for, nobody would be answered until the last is cut off


def test_a_large_body_that_keeps_coming_is_not_late(web):
    """Slower than the patience for a head, and fast enough for its size."""
    part = b"x" * 65536
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (30 * len(part))
    with web.connect() as client:
        client.sendall(head)
        for _ in range(30):
            client.sendall(part)
            time.sleep(PATIENCE / 20)
        assert status(client.recv(65536)) == 200


# Bodies


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(web):
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n" % (20 * LARGEST_BODY)
    assert status(web.say(head + b"\r\n")) == 413
    assert status(web.say(head + b"Expect: 100-continue\r\n\r\n")) == 413


def test_files_are_sent_to_one_door_which_takes_more(web):
    door, elsewhere = b"POST /api/v1/attachments/ HTTP/1.1\r\n", b"POST /x/ HTTP/1.1\r\n"
    more = HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1)
    assert status(web.say(elsewhere + more)) == 413
    assert status(web.say(door + more, b"x" * (LARGEST_BODY + 1))) == 200
    most = max(LARGER_BODIES.values())
    assert status(web.say(door + HOST + b"Content-Length: %d\r\n\r\n" % (2 * most))) == 413


def test_the_sender_of_a_body_that_is_too_large_gets_to_read_why(web):
    size = LARGEST_BODY + 1_000_000
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % size
    with web.connect() as client:
        client.sendall(head)
        with contextlib.suppress(ConnectionError):
            client.sendall(b"x" * 3_000_000)
        assert status(until_closed(client)) == 413


def test_chunks_without_end_are_refused_when_they_pass_the_bound(web):
    chunk = b"%x\r\n" % 65536 + b"x" * 65536 + b"\r\n"
    sent = 0
    with web.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            while sent < 20 * LARGEST_BODY:
                client.sendall(chunk)
                sent += len(chunk)
                if select.select([client], [], [], 0)[0]:
                    break
        assert status(until_closed(client)) == 413
    assert sent < 3 * LARGEST_BODY


def test_chunks_within_the_bound_are_taken(web):
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n"
    said = web.say(head + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n")
    assert status(said) == 200
    assert b'"body": 5' in said


@pytest.mark.parametrize("line", [b"1" * 5000, b"5;name=" + b"x" * 5000])
def test_a_line_between_the_chunks_has_a_bound_too(web, line):
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert status(web.say(head, line)) == 400


def test_a_head_that_is_too_large_is_refused(web):
    said = web.say(b"GET / HTTP/1.1\r\n" + HOST + b"X-Large: " + b"x" * 100_000)
    assert status(said) == 431
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in said
    assert b"\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n" in said
    assert b"x" * 100 not in said


# Two ends

BEHIND = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize(
    ("version", "framing"),
    [
        (b"1.1", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        (b"1.1", b"transfer-encoding: chunked\r\ncontent-length: 5\r\n"),
        (b"1.0", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        (b"1.0", b"Transfer-Encoding: chunked\r\n"),
        (b"1.1", b"Content-Length: 5\r\nContent-Length: 5\r\n"),
        (b"1.1", b"Content-Length: 5\r\nContent-Length: 0\r\n"),
        (b"1.1", b"Content-Length: 5, 5\r\n"),
        (b"1.1", b"Content-Length: +5\r\n"),
        (b"1.1", b"Content-Length : 5\r\n"),
        (b"1.1", b"Transfer-Encoding: chunked, chunked\r\n"),
        (b"1.1", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        (b"1.1", b"Transfer-Encoding:\r\n chunked\r\n"),
        (b"1.1", b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 5\r\n"),
    ],
)
def test_a_request_with_two_ends_is_refused_and_what_is_behind_it_is_not_read(
    web, version, framing
):
    said = web.say(b"POST / HTTP/" + version + b"\r\n" + HOST + framing + b"\r\n0\r\n\r\n" + BEHIND)
    assert status(said) in (400, 501)
    assert said.count(b"HTTP/1.") == 1


def test_two_requests_in_a_row_are_both_answered(web):
    said = web.say(BEHIND + BEHIND.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert said.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("path", ["/", "/file", "/pieces"])
def test_head_is_answered_with_the_head_of_get_and_nothing_behind_it(web, path):
    said = web.say(f"HEAD {path} HTTP/1.1\r\nConnection: close\r\n".encode() + HOST + b"\r\n")
    head, body = said.split(b"\r\n\r\n", 1)
    assert (status(said), body) == (200, b"")
    length = web.get(path).headers["Content-Length"]
    assert (f"Content-Length: {length}".encode() in head) == bool(length)


def test_after_head_a_connection_goes_on(web):
    again = BEHIND.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    said = web.say(BEHIND.replace(b"GET", b"HEAD") + again)
    assert said.count(b"HTTP/1.1 200") == 2
    assert said.count(b"scheme") == 1


# Proxies


def test_only_a_proxy_is_believed_who_the_client_is_and_what_it_speaks():
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    with small(1, behind_proxy=True) as web:
        told = json.loads(web.get("/", **forwarded).content)
        assert (told["scheme"], told["client"]) == ("https", "192.0.2.1")
    with small(1) as web:
        told = json.loads(web.get("/", **forwarded).content)
        assert (told["scheme"], told["client"]) == ("http", "127.0.0.1")


def test_the_product_behind_a_proxy_is_a_site_of_https():
    env = {"BEHIND_PROXY": "true", "SECURE_COOKIES": "true", "HSTS_SECONDS": "3600"}
    web = Web("pmhub.server", "--listen=127.0.0.1:{port}", "--processes=1", **env)
    try:
        answer = web.get("/", **{"X-Forwarded-Proto": "https"})
        assert (answer.status, answer.headers["Location"]) == (302, "/accounts/login/?next=/")
        assert answer.headers["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"
        plain = web.get("/accounts/login/", **{"X-Forwarded-Proto": "http"})
        assert plain.status == 301
        assert plain.headers["Location"] == f"https://127.0.0.1:{web.port}/accounts/login/"
        asked = web.get("/api/v1/me/", **{"X-Forwarded-Proto": "http"})
        assert (asked.status, "https_needed" in asked.content.decode()) == (403, True)
    finally:
        web.end()


# The end


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_is_under_way(sign):
    with small() as web:
        with web.connect():  # a connection without a request holds up nothing
            client = HTTPConnection("127.0.0.1", web.port, timeout=60)
            client.request("GET", "/slow")
            answer = client.getresponse()  # the rest is under way
            web.process.send_signal(sign)
            assert (answer.status, len(answer.read())) == (200, 3_000_000)
            assert web.process.wait(60) == 0
        with pytest.raises(ConnectionRefusedError):
            web.connect()
