"""Everything in one foreground process: servers, web, worker and beat.

Started by ./run, which has installed what this needs. Ctrl-C stops it all; a kill does too, by
way of the guardian.
"""

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

from pmhub.embedded import Failure, dev, servers
from pmhub.embedded.child_processes import Child, ChildProcesses
from pmhub.embedded.folder import Folder, default_home

FIRST_PORT = 8000
# Celery warns root at length; on a machine of one's own root is usual.
QUIET = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
# A heap for each thread would keep what the largest page of each took.
MEMORY = {"MALLOC_ARENA_MAX": "2"}
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EPILOG = """\
environment:
  PORT            the web port, as --port
  PMHUB_HOME      the folder of data, logs and the secret key (.pmhub)
  DATABASE_URL    a PostgreSQL server to use instead of the embedded one
  REDIS_URL       a Redis server to use instead of the embedded one
  WEB_PROCESSES   how many processes serve pages (one for each core)
  LOG_LEVEL       what web, worker and beat say (WARNING)
"""


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="./run",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT") or None,
        help=f"the web port (PORT, else {FIRST_PORT} or the next free one)",
    )
    parser.add_argument("--no-demo", action="store_true", help="leave out the demo portfolio")
    parser.add_argument(
        "--dev",
        action="store_true",
        help="load Python, templates and islands again when they change, and show Django's own"
        " error pages; without it everything is as in production",
    )
    return parser.parse_args(arguments)


def is_free(port: int) -> bool:
    """Tell whether the web server could listen on this port now."""
    with socket.socket() as trial:
        # As the web server does: a port of which only old connections linger is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(named: int | None) -> int:
    """Return the port the user named, else the first free one."""
    if named:
        if not is_free(named):
            raise Failure(f"Port {named} of 127.0.0.1 is taken: name another, or none.")
        return named
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if is_free(port):
            return port
    raise Failure(f"No port from {FIRST_PORT} on is free: name one with --port.")


def address_at(port: int) -> str:
    """Return where the product is found: by a name, which passkeys need."""
    return f"http://localhost:{port}"


def start_servers(processes: ChildProcesses, folder: Folder) -> dict[str, str]:
    """Start the servers that the environment does not name; return the environment of the rest."""
    given = servers.lacking(folder)
    servers.start(processes, folder, given)
    ours = {"PMHUB_HOME": str(folder.path), "PYTHONUNBUFFERED": "1"}
    return {**MEMORY, **os.environ, **given, **ours}


def manage(
    processes: ChildProcesses, env: dict[str, str], *arguments: str, log: Path | None = None
) -> int:
    """Run a command of manage.py to its end and return its exit code."""
    name = arguments[0]
    command = [sys.executable, "manage.py", *arguments]
    return processes.wait(processes.start(name, command, env=env, log=log, lasts=False))


def start_build(processes: ChildProcesses) -> Child:
    """Start making static files, which needs nothing from the rest of the start."""
    build = [sys.executable, "-m", "pmhub.embedded.islands", "collect"]
    return processes.start("islands", build, lasts=False)


def migrate(processes: ChildProcesses, env: dict[str, str]) -> None:
    """Bring the database up to the code."""
    if manage(processes, env, "migrate", "--noinput", "--skip-checks", "--verbosity=0"):
        raise Failure("The migrations failed.")


def load_demo(processes: ChildProcesses, env: dict[str, str], folder: Folder) -> str:
    """Load the demo portfolio once, into an empty database; return what the command printed about
    its users: nothing, if somebody had begun to use the database."""
    marker = folder.path / "demo.txt"
    if not marker.exists():
        log = folder.logs / "demo.log"
        print("Loading the demo portfolio, unless there is one ...", flush=True)
        if manage(processes, env, "demo", "--skip-checks", "load", "--if-empty", log=log):
            raise Failure(f"The demo portfolio failed to load:\n{log.read_text()}")
        log.chmod(0o600)
        log.rename(marker)
    return marker.read_text()


def start_workers(processes: ChildProcesses, env: dict[str, str], folder: Folder) -> list[Child]:
    """Start worker and beat as processes of their own, which can be stopped and started again
    alone."""
    level = env["LOG_LEVEL"]
    return [
        processes.start("beat", beat_command(folder, level), env=env, lasts=False),
        processes.start("worker", worker_command(level), env=QUIET | env, lasts=False),
    ]


def worker_command(level: str) -> list[str]:
    """Return the worker's command: two processes that compute."""
    # Django's checks would load every page and route into processes that serve none: 40 MB each.
    celery = [sys.executable, "-m", "celery", "--app=pmhub", "--quiet", "--skip-checks"]
    options = ["--concurrency=2", "--without-gossip", "--without-mingle", f"--loglevel={level}"]
    return [*celery, "worker", *options]


def beat_command(folder: Folder, level: str) -> list[str]:
    """Return the command of beat, whose schedule is kept in the data folder."""
    options = [f"--schedule={schedule(folder)}", f"--loglevel={level}"]
    return [sys.executable, "-m", "pmhub.beat", *options]


def schedule(folder: Folder) -> Path:
    """Return the file in which beat keeps when it sent what."""
    noted = folder.path / "beat"
    noted.mkdir(exist_ok=True)
    return noted / "schedule"


def web_command(port: int) -> list[str]:
    """Return the web server's command, which is that of the image."""
    return [sys.executable, "-m", "pmhub.server", f"--listen=127.0.0.1:{port}"]


def product_command(folder: Folder, port: int) -> list[str]:
    """Return the command of web server, worker and beat together."""
    return [*web_command(port), f"--worker={schedule(folder)}"]


def wait_for_web(processes: ChildProcesses, port: int) -> None:
    """Wait until the web server answers; it listens only when all its code is loaded."""
    while True:
        processes.check()
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def run(chosen: argparse.Namespace, folder: Folder, processes: ChildProcesses) -> None:
    """Start everything, print the address, and watch over it until a signal."""
    port = choose_port(chosen.port)
    build = start_build(processes)
    # A line for each request, and each of the engine's sweeps, would hide what matters.
    usual = {"LOG_LEVEL": "WARNING", "SITE_URL": address_at(port)}
    env = usual | start_servers(processes, folder)
    migrate(processes, env)
    users = "" if chosen.no_demo else load_demo(processes, env, folder)
    if processes.wait(build):
        raise Failure("The static files could not be made.")
    follow = develop if chosen.dev else produce
    follow(processes, env, folder, port, users)


def produce(
    processes: ChildProcesses, env: dict[str, str], folder: Folder, port: int, users: str
) -> None:
    """Run the product as it runs in production, but with worker and beat beside the web processes,
    which share what they have loaded."""
    env = QUIET | env | {"STATIC_ROOT": str(folder.path / "static")}
    processes.start("pmhub", product_command(folder, port), env=env)
    welcome(processes, env, folder, port, users)
    while True:
        processes.check()
        time.sleep(0.5)


def develop(
    processes: ChildProcesses, env: dict[str, str], folder: Folder, port: int, users: str
) -> None:
    """Run the product so that it follows every edit."""
    env |= {"DEBUG": "true"}
    processes.start("islands", dev.islands_command())
    processes.start("web", dev.web_command(port), env=env)
    sources = dev.Sources()
    workers = start_workers(processes, env, folder)
    welcome(processes, env, folder, port, users)
    while True:
        processes.check()
        if sources.have_changed():
            for child in reversed(workers):
                processes.stop(child)
            workers = start_workers(processes, env, folder)
        time.sleep(1)


def welcome(
    processes: ChildProcesses, env: dict[str, str], folder: Folder, port: int, users: str
) -> None:
    """Print the address once it answers, and who can sign in or how the first account is made."""
    wait_for_web(processes, port)
    address = address_at(port)
    people = users or first_account(processes, env, folder, address)
    print(f"\n{people}\npmhub is at {address}/  (Ctrl-C stops it)\n", flush=True)


def first_account(
    processes: ChildProcesses, env: dict[str, str], folder: Folder, address: str
) -> str:
    """Return how to make the first account; empty if there is an account."""
    log = folder.logs / "first_account.log"
    command = ["first_account", "--skip-checks", "--address", address]
    if manage(processes, env, *command, log=log):
        return ""
    link = log.read_text()
    log.unlink()  # it opens the door
    return f"Nobody has an account yet. This link makes the first one, once, for a day:\n{link}"


def main() -> None:
    """Run until a signal or a failure, then end everything in order."""
    chosen = options()
    # SIGINT too: a shell starts what it puts in the background with SIGINT ignored, and our
    # children would inherit that.
    for stop in STOPS:
        signal.signal(stop, lambda *_: sys.exit(0))
    folder = Folder(default_home())
    try:
        with folder.lock() as lock:
            supervise(chosen, folder, ChildProcesses(folder, lock))
    except Failure as problem:
        sys.exit(f"\n{problem}")


def supervise(chosen: argparse.Namespace, folder: Folder, processes: ChildProcesses) -> None:
    """Run everything, and end it whatever happens."""
    try:
        run(chosen, folder, processes)
    finally:
        # One Ctrl-C is enough: a second one would cut off the orderly end.
        for stop in STOPS:
            signal.signal(stop, signal.SIG_IGN)
        print("Stopping ...", flush=True)
        processes.end()


if __name__ == "__main__":
    main()
