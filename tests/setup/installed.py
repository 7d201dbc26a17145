"""The web server as Compose starts it: the command of the image in the environment of the
service."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from django.conf import settings
from django.db import connection

from pmhub.embedded.folder import CHECKOUT
from tests import compose, ports

KEY = settings.SECRET_KEY  # which the sessions of tests are signed with


def address(user: str = "", password: str = "") -> str:
    """Return the address of the tests' database, for its owner or for another user."""
    at = connection.settings_dict
    user, password = user or at["USER"], password or at["PASSWORD"]
    who = f"{user}:{password}" if password else user
    if at["HOST"].startswith("/"):
        return f"postgresql://{who}@/{at['NAME']}?host={at['HOST']}"
    return f"postgresql://{who}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


@contextmanager
def installed(folder: Path, *, database: str = "", **given: str) -> Iterator[int]:
    """Run a web server on the tests' database, with its secrets in files of a folder; yield its
    port."""
    port = ports.free()
    url = database or address()
    secrets = {"DATABASE_URL": url, "REDIS_URL": os.environ["REDIS_URL"], "SECRET_KEY": KEY}
    env = compose.environment("web", folder, secrets) | given
    web = subprocess.Popen(compose.web_command(port), cwd=CHECKOUT, env=env)
    try:
        while not _lives(port):
            assert web.poll() is None
            time.sleep(0.2)
        yield port
    finally:
        web.terminate()
        web.wait()


def _lives(port: int) -> bool:
    try:
        client = HTTPConnection("127.0.0.1", port, timeout=60)
        client.request("GET", "/livez")
        return client.getresponse().status == 200
    except OSError:
        return False
