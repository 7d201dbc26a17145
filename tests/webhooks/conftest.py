"""A receiver of webhooks on this machine, and what is due told to it here and now."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pmhub.tasks import tell_webhooks
from tests.api.conftest import api, office

__all__ = ["api", "office"]

Tell = Callable[[], None]


class Receiver:
    """A server that keeps the messages it receives, and answers with `status` and, where `leads_to`
    is set, with that as the header `Location`."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.status, self.leads_to = 204, ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.messages.append((headers, body))
                self.send_response(receiver.status)
                if receiver.leads_to:
                    self.send_header("Location", receiver.leads_to)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        """Return the address of the receiver."""
        return f"http://127.0.0.1:{self.server.server_port}/in"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver that the settings allow."""
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def tell() -> Tell:
    """The function with which the worker sends the webhooks that are due."""
    return tell_webhooks
