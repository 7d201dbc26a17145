"""./run as people use it: start, kill, start again."""

import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from pmhub.embedded.folder import CHECKOUT, Folder
from tests import ports

NAMED = {
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "PMHUB_DEMO", "SECURE_COOKIES"),
    "PYTEST_CURRENT_TEST",
}

SOON = 60  # seconds; nothing here waits as long unless it is broken


class Run:
    """One ./run, started in a data folder of its own."""

    def __init__(self, home: Path, port: int, *options: str) -> None:
        env = {name: value for name, value in os.environ.items() if name not in NAMED}
        self.log = home.with_suffix(".log")
        self.port = port
        self.process = subprocess.Popen(
            # As ./run does once it has installed; a test installs nothing.
            [sys.executable, "-m", "pmhub.embedded.run", "--no-demo", f"--port={port}", *options],
            cwd=CHECKOUT,
            env=env | {"PMHUB_HOME": str(home)},
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> "Run":
        deadline = time.monotonic() + 300
        while "pmhub is at" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def get(self, path: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        return connection.getresponse()

    def status(self) -> int:
        return self.get("/accounts/login/").status

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.headers["Content-Encoding"] == "gzip"
        return gzip.decompress(answer.read()).decode()


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    """Return a function that starts a ./run; none outlives the test."""
    runs: list[Run] = []

    def start(*arguments: Any) -> Run:
        runs.append(Run(*arguments))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.wait()


@pytest.mark.slow
def test_run_survives_a_kill_and_leaves_nothing_when_it_stops(start, tmp_path: Path):
    home = tmp_path / "data folder"
    first = start(home, ports.free(), "--dev").wait()
    assert first.status() == 200
    second = start(home.with_name("data folder"), ports.free())
    assert second.process.wait(SOON) == 1
    secret = (home / "secret_key").read_text()
    first.process.kill()
    first.process.wait()
    # At once: what was killed is still ending, and this one waits for it.
    again = start(home, ports.free()).wait()
    assert again.status() == 200
    assert (home / "secret_key").read_text() == secret
    assert not re.search("warn|deprecat", again.log.read_text(), re.IGNORECASE)
    check_production(again)
    check_first_account(again)
    stop(again)
    assert not Folder(home).is_locked()
    assert not (home / "processes").exists()
    assert not list(home.glob("postgres/postmaster.pid"))


def check_first_account(run: Run) -> None:
    """Nobody has an account yet: it says by which link the first one is made."""
    link = re.search(r"http://localhost:\d+(/accounts/first/\S+)", run.log.read_text())
    assert link
    assert run.get(link[1]).status == 200


def check_production(run: Run) -> None:
    """Debugging is off, and what is sent is compressed, the files of the pages ahead of time."""
    assert run.get("/nowhere/").status == 404
    assert "The address may be mistyped" in run.page("/nowhere/")
    files = re.findall('"(/static/pmhub/assets/[^"]+)"', run.page("/accounts/login/"))
    sizes = [int(run.get(file).headers["Content-Length"]) for file in files]
    assert len(files) >= 2
    assert sum(sizes) < 200_000


def stop(run: Run) -> None:
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(SOON) == 0


@pytest.mark.slow
def test_a_port_that_is_taken_is_named_in_one_line(start, tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = start(tmp_path / "data", taken.getsockname()[1])
        assert run.process.wait(SOON) == 1
    assert run.log.read_text().splitlines()[-1].startswith("Port ")
