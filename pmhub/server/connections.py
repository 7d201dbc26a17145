"""What a process accepts from its clients, and how long it waits for them."""

import contextlib
import copy
import re
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import BadRequest

from pmhub import garbage_collection
from pmhub.server.fairness import FairQueue

THREADS = 4  # views that a process runs at the same time
CONNECTIONS = 1000  # connections of a process at the same time
LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 10 * 1024 * 1024
# Where files are uploaded: 25 MB and the form around them; the body is kept on disk.
LARGER_BODIES = {"/api/v1/attachments/": 26 * 1024 * 1024}
LONGEST_LINE = 1024  # bytes of a line with a chunk's size, or of a trailer
PATIENCE = 25  # seconds for a request to arrive, and for an answer to be sent
SLOWEST = 16 * 1024  # bytes a second that a body has to arrive with after that
IDLE = 50  # seconds until a connection without a request is closed
# How long and how much of a refused body is still read, so that its sender gets the answer.
LINGER_SECONDS, LINGER_BYTES = 2, 4 * 1024 * 1024
GIVES_BACK = 60  # seconds between two times that free memory is given back to the system
GRACE = 8  # seconds for running requests when the server is stopping

REFUSED = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
]
FRAMING = re.compile(rb"(?im)^(content-length|transfer-encoding)[ \t]*:[ \t]*(.*?)[ \t]*\r?$")


class Parser(HTTPRequestParser):
    """A request parser that refuses requests whose end two servers could see at different
    places."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; raises ParsingError if it gives the length of the body in two ways."""
        super().parse_header(header_plus)
        framing = [(name.lower(), value.lower()) for name, value in FRAMING.findall(header_plus)]
        if len(framing) > 1:
            raise ParsingError("The length of the body is given more than once")
        for name, value in framing:
            if name == b"transfer-encoding" and (value != b"chunked" or not self.chunked):
                raise ParsingError("No other Transfer-Encoding than chunked is understood")
        if most := LARGER_BODIES.get(self.path):
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = most

    def received(self, data: bytes) -> int:
        """Take received bytes; after a refused request, all others are ignored."""
        taken: int = super().received(data)
        if self.is_endless():
            self.error = BadRequest("A line between the chunks is too long")
            self.completed = True
        if self.error:
            self.expect_continue = False  # nobody is asked to send a refused body
            return len(data)
        return taken

    def is_endless(self) -> bool:
        """Return whether data between the chunks, which waitress keeps whole, grows without end."""
        pending = (getattr(self.body_rcv, name, b"") for name in ("control_line", "trailer"))
        return max(map(len, pending)) > LONGEST_LINE


class Refusal(ErrorTask):
    """The answer to a request that never reaches the application: plain text, not to be cached."""

    def execute(self) -> None:
        """Send the answer."""
        self.response_headers.extend(REFUSED)
        super().execute()


class Answer(WSGITask):
    """The answer of the application. To HEAD it is the head alone: what followed it, the client
    would read as the answer to its next request."""

    def build_response_header(self) -> bytes:
        """Return the head; after that of an answer to HEAD, no end of chunks is sent either."""
        head: bytes = super().build_response_header()
        if self.request.command == "HEAD":
            self.chunked_response = False
        return head


def without_body(application: Callable[..., Any]) -> Callable[..., Any]:
    """Return a WSGI application that answers HEAD as this one does, but makes no body for it."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer


class Channel(HTTPChannel):
    """The connection of a client, with limits on how long the server waits for it."""

    parser_class = Parser
    task_class = Answer
    error_task_class = Refusal
    began: float | None = None  # when the first byte of the present request arrived
    refused = False
    lingers: float | None = None  # until when the body of a refused request is thrown away
    discarded = 0

    def received(self, data: bytes) -> bool:
        """Take received bytes, and note when the first came."""
        self.began = self.began or time.time()
        return bool(super().received(data))

    def service(self) -> None:
        """Answer a request, in one of the threads."""
        self.began = None
        self.refused = self.requests[0].error is not None
        super().service()

    def is_late(self, now: float) -> bool:
        """Return whether the client has used up its time."""
        patience = self.adj.channel_timeout
        if self.lingers:
            return now > self.lingers
        if self.total_outbufs_len and now > self.last_activity + patience:
            return True  # the client reads nothing of its answer
        if self.requests:
            return False  # the client waits for us
        if self.began is None:
            return bool(now > self.last_activity + IDLE)
        body = self.request.body_bytes_received if self.request else 0
        return bool(now > self.began + patience + body / SLOWEST)

    def readable(self) -> bool:
        """Return whether more bytes may be read."""
        return bool(self.lingers or super().readable())

    def handle_read(self) -> None:
        """Read bytes, or discard them after a refusal."""
        if not self.lingers:
            super().handle_read()
            return
        with contextlib.suppress(OSError):
            self.discarded += len(self.recv(self.adj.recv_bytes))
        if self.discarded > LINGER_BYTES:
            super().handle_close()

    def handle_close(self) -> None:
        """Close the connection; a client whose request was refused gets time to read the answer.

        Closing a socket with unread bytes resets the connection, and the answer is lost with it.
        """
        if self.lingers or not (self.refused and self.connected):
            super().handle_close()
            return
        self.lingers = time.time() + LINGER_SECONDS
        self.will_close = False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()


class Server(TcpWSGIServer):
    """The server of one process, on a socket that it may share with others."""

    channel_class = Channel
    ends: float | None = None
    gave_back = 0.0  # when memory was last given back

    def maintenance(self, now: float) -> None:
        """Close connections of clients that are late, and return unused memory now and then."""
        if now > self.gave_back + GIVES_BACK:
            self.gave_back = now
            garbage_collection.give_back()
        for channel in self.active_channels.values():
            if channel.is_late(now):
                channel.will_close = True

    def run(self) -> None:
        """Serve until told to stop, then finish the requests in progress."""
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stop())
        while self.ends is None or (self.is_busy() and time.time() < self.ends):
            wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        self.task_dispatcher.shutdown(timeout=1)

    def stop(self) -> None:
        """Accept no more connections, and let `run` return."""
        self.accepting = False
        self.ends = self.ends or time.time() + GRACE
        self.pull_trigger()

    def is_busy(self) -> bool:
        """Return whether an answer is being made or sent."""
        return any(
            channel.requests or channel.total_outbufs_len
            for channel in self.active_channels.values()
        )


def listen(address: str, kept: int | None = None) -> socket.socket:
    """Return a socket that listens on `host:port`, or the one that this process has `kept`."""
    if kept is not None:
        return socket.socket(fileno=kept)
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=1024)


def serve(
    application: Callable[..., Any], sock: socket.socket, *, patience: float, behind_proxy: bool
) -> None:
    """Serve a WSGI application on a socket until a signal; `patience` is in seconds.

    Behind a proxy, its headers are trusted for the scheme and the client's address; otherwise no
    such headers are.
    """
    proxied = {
        "trusted_proxy": "*",
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
    adjustments = Adjustments(
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=patience,
        cleanup_interval=1,
        max_request_header_size=LARGEST_HEAD,
        max_request_body_size=LARGEST_BODY,
        ident=None,
        **(proxied if behind_proxy else {}),
    )
    sock.setblocking(False)
    address = (sock.family, sock.type, sock.proto, sock.getsockname())
    server = Server(
        without_body(application), {}, True, sock, None, adjustments, address, bind_socket=False
    )
    server.task_dispatcher.queue = FairQueue(THREADS - 1)
    server.run()
