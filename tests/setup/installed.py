"""The web server as Compose starts it: the image's command in the environment of the service."""

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
from tests import compose
from tests.setup.test_run import free_port

KEY = settings.SECRET_KEY  # which the sessions of tests are signed with


def address() -> str:
    """The address of the tests' database."""
    at = connection.settings_dict
    secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    if at["HOST"].startswith("/"):
        return f"postgresql://{at['USER']}{secret}@/{at['NAME']}?host={at['HOST']}"
    return f"postgresql://{at['USER']}{secret}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


@contextmanager
def installed(folder: Path, **given: str) -> Iterator[int]:
    """The port of a web server on the tests' database, its secrets in files of a folder."""
    port = free_port()
    secrets = {"DATABASE_URL": address(), "REDIS_URL": os.environ["REDIS_URL"], "SECRET_KEY": KEY}
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
