"""Where messages may go: nowhere on the installation's own network, whatever a name says."""

import re
import socket
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

from pmhub.models import Webhook
from pmhub.webhooks import targets
from pmhub.webhooks.targets import CLOSED, FORM, PORT
from tests import factories
from tests.webhooks.conftest import Receiver


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://198.51.100.7/", FORM),
        ("ftp://8.8.8.8/", FORM),
        ("https://", FORM),
        ("https:///path", FORM),
        ("https://user:secret@8.8.8.8/", FORM),
        ("https://8.8.8.8/#part", FORM),
        ("https://8.8.8.8:99999/", FORM),
        ("https://[::1/", FORM),
        ("nonsense", FORM),
        ("https://8.8.8.8:22/", PORT),
        ("https://8.8.8.8:6379/", PORT),
        ("https://127.0.0.1/", CLOSED),
        ("https://localhost/", CLOSED),
        ("https://0.0.0.0/", CLOSED),
        ("https://10.1.2.3/", CLOSED),
        ("https://172.16.0.1/", CLOSED),
        ("https://192.168.1.1/", CLOSED),
        ("https://100.64.0.1/", CLOSED),
        ("https://169.254.169.254/latest/meta-data/", CLOSED),
        ("https://224.0.0.1/", CLOSED),
        ("https://255.255.255.255/", CLOSED),
        ("https://2130706433/", CLOSED),
        ("https://0x7f.1/", CLOSED),
        ("https://[::1]/", CLOSED),
        ("https://[::]/", CLOSED),
        ("https://[::ffff:10.0.0.1]/", CLOSED),
        ("https://[64:ff9b::a00:1]/", CLOSED),
        ("https://[2002:7f00:1::]/", CLOSED),
        ("https://[fe80::1]/", CLOSED),
        ("https://[fd00::1]/", CLOSED),
        ("https://[ff02::1]/", CLOSED),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str, said: str) -> None:
    with pytest.raises(targets.TargetRefused, match=re.escape(said)):
        targets.check(address)


def test_it_is_refused_at_once_and_named(db: None, api: Any) -> None:
    user = factories.user("lead")
    answer = api(user).post("webhooks/", {"name": "Ledger", "address": "https://10.1.2.3/"})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["detail"]) == ("/address", CLOSED)
    assert not Webhook.objects.exists()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The addresses to which names resolve, by name."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in known:
            return real(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_name_of_which_one_address_is_private_is_refused(
    names: dict[str, list[str]], db: None
) -> None:
    names["example.org"] = ["93.184.215.14"]
    targets.check("https://example.org/in?key=1")
    names["example.org"] = ["93.184.215.14", "10.0.0.1"]
    with pytest.raises(targets.TargetRefused):
        targets.check("https://example.org/")


def test_a_name_that_leads_inside_later_is_not_followed(
    names: dict[str, list[str]], receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_HOSTS = []
    names["example.org"] = ["127.0.0.1"]
    port = receiver.server.server_port
    with pytest.raises(targets.TargetRefused):
        targets.post("https://example.org/", b"{}", {})
    settings.WEBHOOK_HOSTS = ["example.org"]
    assert targets.post(f"http://example.org:{port}/in", b"{}", {"Content-Length": "2"}) == 204
    ((headers, _),) = receiver.messages
    assert headers["host"] == f"example.org:{port}"


def test_no_proxy_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert targets.post(receiver.address, b"{}", {}) == 204


def test_by_https_there_is_a_certificate(receiver: Receiver) -> None:

    with pytest.raises(HTTPError):
        targets.post(receiver.address.replace("http:", "https:"), b"{}", {})
