"""A small proxy that ends TLS, such as stands in front of an installation."""

import base64
import contextlib
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

CERTIFICATE = Path(__file__).with_name("localhost.pem")  # with its key, for tests alone
OURS = {"connection", "transfer-encoding", "keep-alive"}


def trusting() -> str:
    """Return the flag with which Chromium trusts the certificate. With the flag to ignore errors it
    would ask again for each file, and give up under load (TOO_MANY_RETRIES)."""
    key = load_pem_x509_certificate(CERTIFICATE.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    hashed = base64.b64encode(digest.digest()).decode()
    return f"--ignore-certificate-errors-spki-list={hashed}"


class Forwarding(BaseHTTPRequestHandler):
    """Passes a request on, with the headers that say over which protocol and for which client it
    came."""

    port = 0

    def handle(self) -> None:
        """Answer a request; a client may hang up, as a browser does that does not know the
        certificate."""
        with contextlib.suppress(OSError):
            super().handle()

    def forward(self) -> None:
        """Ask the server behind, and pass its answer on."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        behind = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OURS}
        headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.client_address[0]}
        try:
            behind.request(self.command, self.path, body, headers)
            answer = behind.getresponse()
        except OSError:  # nothing is there yet
            self.send_error(502)
            return
        content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OURS:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward  # noqa: N815  # the library's

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


class Waiting(ThreadingHTTPServer):
    """A server with a long queue: all files of a page wait at once, for which the usual five places
    are too few."""

    request_queue_size = 128


@contextmanager
def proxy(port: int) -> Iterator[int]:
    """Run a proxy in front of a port of this machine; yield its own port, which speaks TLS."""
    server = Waiting(
        ("127.0.0.1", 0), type("Forward", (Forwarding,), {"port": port}), bind_and_activate=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
