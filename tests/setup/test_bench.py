"""What the benchmark measures others by: their processes, their CPU, what they answer."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import connection

from pmhub.bench import every_page, peer, running_product
from pmhub.models import User
from tests import ports


class Greeter(BaseHTTPRequestHandler):
    """Answers one address, and no other."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Greet."""
        self.send_response(200 if self.path == "/greeting" else 404)
        self.send_header("ETag", self.headers.get("Name", ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server that greets."""
    server = HTTPServer(("127.0.0.1", 0), Greeter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_who_asks_says_the_same_of_himself_each_time(address: str):
    client = running_product.Client(address, {"Name": "Ada"})
    assert [client("/greeting")["ETag"] for _ in range(2)] == ["Ada", "Ada"]
    assert client("/greeting", Name="Grace")["ETag"] == "Grace"


def test_what_a_server_refuses_is_no_measurement(address: str):
    with pytest.raises(running_product.Unanswered, match="/nothing: 404"):
        running_product.Client(address, {})("/nothing")


def test_cpu_is_of_all_threads_of_a_process():
    measured = threading.Event()
    busy = threading.Thread(target=_be_busy, args=(measured,))
    busy.start()
    before, began = running_product.used_by([os.getpid()]), time.thread_time()
    used = 0.0  # milliseconds of another thread, counted while it runs
    while used < 20:
        assert busy.is_alive()
        used = running_product.used_by([os.getpid()]) - before - (time.thread_time() - began) * 1000
    measured.set()
    busy.join()
    assert used < 5000
    assert running_product.used_by([2**22 + 1]) == 0  # there is none


def _be_busy(until: threading.Event) -> None:
    while not until.is_set():
        pass


def test_a_server_is_known_by_its_port():
    port = ports.free()
    with socket.create_server(("127.0.0.1", port)):
        assert peer.listener(port) == os.getpid()
    with pytest.raises(LookupError, match=f"No process listens on port {port}"):
        peer.listener(port)


@pytest.mark.django_db
def test_processes_of_the_product_find_the_database_that_is_measured():
    env = running_product.environment()
    assert f"/{connection.settings_dict['NAME']}" in env["DATABASE_URL"]
    assert env["LIMIT_ADDRESS"] == env["LIMIT_TOKEN"]
    assert running_product.sessions() == []


def test_every_page_of_a_programme_and_its_records_is_measured() -> None:
    """A route that takes what no measurement gives would leave its page unmeasured."""
    routes = list(every_page.routes())
    assert {owner for owner, _ in routes} == {"portfolio", "programme", "project", "benefit"}
    named = {name for _, route in routes for name in route.pattern.converters}
    owners = every_page.Owners(1, 2, 3, 4, dict.fromkeys(every_page.GIVEN, 5))
    assert named - {"pk", "register"} == every_page.GIVEN
    assert len(every_page.addresses(owners)) == len(routes)


@pytest.mark.django_db
def test_every_page_that_is_measured_is_shown(demo: Any, pmo: User, client_of: Any) -> None:
    owners = every_page.Owners.of(demo.programme("CAM"), demo.portfolio.pk)
    client = client_of(pmo)
    for (_, name), address in every_page.addresses(owners).items():
        assert client.get(address).status_code == 200, name
