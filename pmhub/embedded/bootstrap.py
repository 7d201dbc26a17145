"""Make the virtual environment from the locks, then become its Python.

    python3 bootstrap.py run|test MODULE [ARGUMENT ...]

Runs on whatever Python the machine has, before anything is installed: only the standard
library, and nothing of ours. Ends in `exec`, so that the process the user started is the one
that supervises; a signal to it has nobody to pass through.
"""

from __future__ import annotations  # an older Python gets as far as installing ours

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parents[2]
TOOLS = CHECKOUT / ".pmhub" / "tools"
VENV = CHECKOUT / ".pmhub" / "venv"
PYTHON = VENV / "bin" / "python"
BYTECODE = CHECKOUT / ".pmhub" / "bytecode"
LOCKS = {"run": ["run", "embedded"], "test": ["test"]}
# What ./test installs holds what ./run needs, so neither undoes the other.
SATISFIES = {"run": ["run"], "test": ["run", "test"]}


def lock_file(name: str) -> Path:
    """Return the path of one lock of `requirements/`."""
    return CHECKOUT / "requirements" / f"{name}.txt"


def digest() -> str:
    """Return a fingerprint of every lock."""
    locks = sorted((CHECKOUT / "requirements").glob("*.txt"))
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()


def stamp(kind: str) -> Path:
    """Return the file that says which locks were installed for `run` or `test`."""
    return VENV / f"installed-{kind}"


def is_installed(kind: str) -> bool:
    """Return whether the environment holds what the locks say now."""
    return PYTHON.exists() and stamp(kind).exists() and stamp(kind).read_text() == digest()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Inside the block, no other ./run or ./test of this checkout installs anything."""
    TOOLS.parent.mkdir(mode=0o700, exist_ok=True)
    with (TOOLS.parent / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def environment() -> dict[str, str]:
    """Return our environment, in which uv trusts the system's certificates, to which companies add
    theirs."""
    has_store = any(Path("/etc/ssl/certs").glob("*.crt"))
    return {"UV_SYSTEM_CERTS": "true", **os.environ} if has_store else dict(os.environ)


def call(*command: str | Path) -> None:
    """Run a step of the installation and exit with its code if it fails; it prints its own
    errors."""
    words = [str(part) for part in command]
    try:
        subprocess.run(words, check=True, env=environment(), stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def install_uv() -> None:
    """Install uv beside the environment, which works where the system's Python must not be
    changed."""
    requirements = lock_file("tools")
    # Some pips warn about their caches or their own age; neither is the reader's concern.
    quiet = [
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
        "--no-warn-script-location",
    ]
    pip = [sys.executable, "-m", "pip", "install", *quiet, "--upgrade", "--target", str(TOOLS)]
    call(*pip, "--require-hashes", "--requirement", requirements)


def install(kind: str) -> None:
    """Install the locks of `run` or `test`, hash by hash."""
    print("Installing what the locks name ...", file=sys.stderr)
    install_uv()
    uv = TOOLS / "bin" / "uv"
    if not PYTHON.exists():
        python = sys.executable if sys.version_info >= (3, 11) else ">=3.11"
        call(uv, "venv", "--quiet", "--clear", "--no-project", "--python", python, VENV)
    requirements = [part for name in LOCKS[kind] for part in ("-r", lock_file(name))]
    call(uv, "pip", "install", "--quiet", "--require-hashes", "--python", PYTHON, *requirements)
    for satisfied in SATISFIES[kind]:
        stamp(satisfied).write_text(digest())


def cache_bytecode() -> None:
    """Keep compiled bytecode, though not beside the sources, whatever the environment says: we
    start many processes, and compiling would take half the time of each start."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))


def main(kind: str, module: str, *arguments: str) -> NoReturn:
    """Install if needed, then become the module."""
    if not is_installed(kind):
        with one_at_a_time():
            if not is_installed(kind):
                install(kind)
    if os.environ.get("PMHUB_HOME"):  # Relative to where the user stands, not to the checkout.
        os.environ["PMHUB_HOME"] = str(Path(os.environ["PMHUB_HOME"]).resolve())
    cache_bytecode()
    os.chdir(CHECKOUT)
    os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
