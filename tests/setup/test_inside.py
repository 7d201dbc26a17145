"""TLS between the containers: what docker-compose.tls.yml lays over the file, the certificates that
the page makes, and whom the product believes."""

import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import environ
import psycopg2
import pytest
import redis
from django.db import connection

from pmhub.api import health
from pmhub.broker import make_app
from pmhub.embedded.folder import CHECKOUT
from tests import compose

SERVICES = ("postgres", "redis", "migrate", "web", "worker", "beat")
ASKS_FOR_TLS = 80877103  # of a client of PostgreSQL, in the first message


@pytest.fixture(scope="module")
def laid() -> Any:
    """The file with TLS laid over it, as Compose understands both."""
    return compose.read("docker-compose.tls.yml")


def test_only_what_speaks_of_tls_is_laid_over_it(laid: Any) -> None:
    plain = compose.read()["services"]
    assert set(laid["services"]) == set(SERVICES)
    for name, service in laid["services"].items():
        changed = {part for part, value in service.items() if value != plain[name].get(part)}
        assert changed <= {"command", "secrets", "healthcheck"}
    before, after = plain["postgres"]["command"], laid["services"]["postgres"]["command"]
    assert after[: len(before)] == before


def test_servers_speak_tls_alone_and_ask_who_comes(laid: Any) -> None:
    postgres = laid["services"]["postgres"]["command"]
    assert {"--ssl=on", "--ssl_ca_file=/run/secrets/authority"} <= set(postgres)
    server = laid["services"]["redis"]["command"][-1]
    assert re.search(r"--port 0 .*--tls-auth-clients yes", server)
    keys = {
        name: {each["source"] for each in service["secrets"] if each["source"].endswith("_key")}
        for name, service in laid["services"].items()
    }
    own = {"postgres": {"postgres_key"}, "redis": {"redis_key"}, "migrate": {"owner_key"}}
    product = {name: {"product_key"} for name in ("web", "worker", "beat")}
    assert {name: each - {"secret_key"} for name, each in keys.items()} == own | product


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the page makes, by its own commands."""
    folder = tmp_path_factory.mktemp("secrets")
    page = (CHECKOUT / "docs" / "compose.md").read_text()
    for heading in ("Secrets", "TLS between the containers"):
        section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        lines = re.findall(r"^    (.*)$", section, re.MULTILINE)
        ours = [each for each in lines if not re.match("umask|sudo|cd ", each)]
        script = "set -e\n" + "\n".join(ours)
        done = subprocess.run(
            ["sh", "-c", script], cwd=folder, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    (folder / "product_key").chmod(0o600)
    return folder


def test_the_page_makes_what_the_file_takes(secrets: Path, laid: Any) -> None:
    made = {each.name for each in secrets.iterdir()}
    assert {Path(each["file"]).name for each in laid["secrets"].values()} <= made
    access = (secrets / "postgres_access").read_text().splitlines()
    assert [each.split()[0] for each in access] == ["local", "hostssl"]
    assert access[1].endswith("clientcert=verify-full")


# Stand-ins for the servers: TLS, and behind it those of the tests


def pipe(source: Any, target: Any) -> None:
    """Pass on what comes until nothing does."""
    with suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def fronting(
    secrets: Path, name: str, behind: Callable[[], socket.socket], *, asked: bool = False
) -> Iterator[tuple[int, list[Any]]]:
    """A port that speaks TLS as `name`, and whom it spoke to: what came in the certificates of who
    came. Where it is `asked` for TLS, it is as PostgreSQL is, first."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=secrets / "authority")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(secrets / f"{name}_certificate", secrets / f"{name}_key")
    came: list[Any] = []
    door = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        try:
            if asked:
                assert int.from_bytes(client.recv(8)[4:]) == ASKS_FOR_TLS
                client.sendall(b"S")
            inside = context.wrap_socket(client, server_side=True)
            came.append(inside.getpeercert())
        except OSError:
            return
        real = behind()
        threading.Thread(target=pipe, args=(inside, real), daemon=True).start()
        pipe(real, inside)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield door.getsockname()[1], came
    finally:
        door.close()


def server(host: str, port: Any) -> Callable[[], socket.socket]:
    """What connects to a server of the tests: by its socket, or where it is."""

    def connect() -> socket.socket:
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        client = socket.socket(socket.AF_UNIX)
        client.connect(host)
        return client

    return connect


def here(secrets: Path, name: str, port: int, **other: str) -> str:
    """An address that the page made, which leads to a port of this machine. Where a file would be a
    secret of a container it is that of the folder."""
    parts = urlsplit((secrets / name).read_text().strip())
    told = {key: value.replace("/run/secrets", str(secrets)) for key, value in
            parse_qsl(parts.query)}  # fmt: skip
    who = parts.netloc.rpartition("@")[0] if name == "database_url" else ""
    at = f"{who}@localhost:{port}" if who else f"localhost:{port}"
    return urlunsplit((parts.scheme, at, parts.path, urlencode(told | other), ""))


def common_name(certificate: Any) -> str:
    """The name in a certificate."""
    return dict(each[0] for each in certificate["subject"])["commonName"]


def asked() -> redis.Redis:
    """Whom `/readyz` asks, as the settings say now."""
    health._client.cache_clear()
    return health._client()


@pytest.mark.django_db
def test_the_product_believes_postgresql_by_its_certificate_alone(secrets: Path) -> None:
    at = connection.settings_dict
    number = at["PORT"] or 5432
    is_socket = at["HOST"].startswith("/")
    behind = server(f"{at['HOST']}/.s.PGSQL.{number}" if is_socket else at["HOST"], number)
    own = {"user": at["USER"], "dbname": at["NAME"], "password": at["PASSWORD"] or "none"}
    with fronting(secrets, "postgres", behind, asked=True) as (port, came):
        config = environ.Env.db_url_config(here(secrets, "database_url", port))
        options = config["OPTIONS"] | own | {"port": port}
        # The certificate says `postgres`, by which containers call it, and no other name.
        with psycopg2.connect(host="postgres", hostaddr="127.0.0.1", **options) as known:
            assert known.info.ssl_in_use
        assert common_name(came[0]) == "pmhub_product"
        for wrong in (
            {"host": "localhost"},
            {"host": "postgres", "sslrootcert": str(secrets / "redis_certificate")},
        ):
            with pytest.raises(psycopg2.OperationalError, match="certificate"):
                psycopg2.connect(hostaddr="127.0.0.1", **options | wrong)


def test_the_product_believes_redis_by_its_certificate_alone(
    secrets: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = urlsplit(os.environ["REDIS_URL"])
    behind = server(at.hostname or at.path, at.port or 6379)
    looked_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more: looked_up("127.0.0.1" if host == "redis" else host, *more),
    )
    with fronting(secrets, "redis", behind) as (port, came):
        address = here(secrets, "redis_url", port)
        trusted = address.replace("localhost", "redis")
        settings.CELERY_BROKER_URL = trusted
        assert asked().ping()
        with make_app(broker=trusted).connection_for_write() as broker:
            broker.ensure_connection(max_retries=1)
        assert {common_name(each) for each in came} == {"pmhub_product"}
        settings.CELERY_BROKER_URL = address  # another name than that of the certificate
        with pytest.raises(redis.ConnectionError, match="certificate"):
            asked().ping()
    health._client.cache_clear()
