"""The front end's islands and other static files, made again when their sources changed."""

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from pmhub.embedded import Failure, binaries
from pmhub.embedded.folder import CHECKOUT, default_home

NODE_MODULES = CHECKOUT / "node_modules"
BUILT = CHECKOUT / "static" / "dist"
KEPT = CHECKOUT / ".pmhub"
# Templates count: the build collects the icons that they name.
SOURCES = [
    *("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json"),
    *("static/src/**/*", "static/public/**/*", "templates/**/*.html"),
]
GENERATED = {"schema.d.ts"}  # by the type check, and erased by the build
STATIC = ["static/dist/**/*", "pmhub/static/**/*", "pmhub/settings.py", "requirements/run.txt"]
PACKAGES = ["package.json", "package-lock.json", ".npmrc"]


def digest(patterns: Iterable[str]) -> str:
    """Return a fingerprint of the checkout's files that match."""
    paths = {path for pattern in patterns for path in CHECKOUT.glob(pattern) if path.is_file()}
    fingerprint = hashlib.sha256()
    for path in sorted(path for path in paths if path.name not in GENERATED):
        fingerprint.update(f"{path.relative_to(CHECKOUT)}\0{path.stat().st_size}\0".encode())
        fingerprint.update(path.read_bytes())
    return fingerprint.hexdigest()


def is_current(made: Path, stamp: Path, patterns: Iterable[str]) -> bool:
    """Tell whether something was made from the sources as they are now."""
    return made.exists() and stamp.exists() and stamp.read_text() == digest(patterns)


def npm_command() -> list[str]:
    """Return the command of npm, installing the wheel's Node when PATH has no recent one."""
    command = binaries.npm()
    if command is None:
        print("Installing Node ...", flush=True)
        uv = KEPT / "tools" / "bin" / "uv"
        lock = CHECKOUT / "requirements" / "node.txt"
        install = ["pip", "install", "--quiet", "--require-hashes", "--python", sys.executable]
        call([str(uv), *install, "-r", str(lock)])
        command = binaries.npm()
    if command is None:
        raise Failure("The islands need Node 20.19 or later on PATH.")
    return command


def call(command: list[str]) -> None:
    """Run a command in the checkout, with the Node of its npm first on PATH."""
    folder = str(Path(shutil.which(command[0]) or command[0]).parent)
    env = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    if subprocess.run(command, check=False, cwd=CHECKOUT, env=env).returncode:
        raise Failure(f"{' '.join(command)} failed")


def npm(*arguments: str) -> None:
    """Run npm after installing the packages of the lock."""
    command = npm_command()
    stamp = KEPT / "packages.digest"
    if not is_current(NODE_MODULES, stamp, PACKAGES):
        # No package's own install script runs: none of ours needs one.
        call([*command, "ci", "--ignore-scripts", "--silent"])
        stamp.write_text(digest(PACKAGES))
    call([*command, *arguments])


def build() -> bool:
    """Build the islands if a source has changed; tell whether one had."""
    stamp = KEPT / "islands.digest"
    # A ./run and a ./test of the same checkout would write the same folders.
    with (KEPT / "islands.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(BUILT, stamp, SOURCES):
            return False
        before = digest(SOURCES)
        npm("run", "build", "--silent", "--", "--logLevel", "warn")
        stamp.write_text(before)  # An edit during the build leaves a difference.
    return True


def watch() -> None:
    """Build again whenever a source changes, until a signal."""
    npm("run", "build", "--silent", "--", "--logLevel", "warn", "--watch")


def collect() -> None:
    """Build the islands, then gather and compress the static files if a source of theirs has
    changed."""
    build()
    home = default_home()
    made, stamp = home / "static", home / "static.digest"
    if is_current(made, stamp, STATIC):
        return
    before = digest(STATIC)
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "-v0"]
    # The settings have to load; no server is asked.
    env = {"DATABASE_URL": "postgresql://-/-", "REDIS_URL": "redis://-"}
    env |= {"SECRET_KEY": secrets.token_urlsafe(50)}
    env |= {"STATIC_ROOT": str(made)}
    if subprocess.run(command, check=False, cwd=CHECKOUT, env=os.environ | env).returncode:
        raise Failure("The static files could not be gathered.")
    stamp.write_text(before)


def check() -> None:
    """Check the types of the islands."""
    with (KEPT / "islands.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        npm("run", "check", "--silent")


if __name__ == "__main__":
    try:
        {"build": build, "check": check, "collect": collect, "watch": watch}[sys.argv[1]]()
    except Failure as failure:
        sys.exit(str(failure))
