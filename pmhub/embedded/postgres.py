"""PostgreSQL in a data folder, on a socket and no port."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from pmhub.embedded import Failure, binaries
from pmhub.embedded.child_processes import Child, ChildEnded, ChildProcesses
from pmhub.embedded.folder import Folder
from pmhub.embedded.guardian import wait_until_gone

# What compose gives its PostgreSQL too: the same order of text everywhere, from no system library.
LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "max_worker_processes": "4",
    "jit": "off",  # Our queries are short: compiling them costs more than it saves.
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "timezone": "UTC",
    # A client that vanished frees its locks within seconds.
    "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "30",
    "idle_in_transaction_session_timeout": "30s",
    "transaction_timeout": "10min",
}
# A session of a killed server goes on to the end of its statement, and until then PostgreSQL
# refuses to start another server beside it.
LONGEST_STATEMENT = 30  # seconds
IN_USE = "shared memory block"
# Tests make their data anew after any crash: nothing is worth waiting for the disk.
# What a test wrote is told by the log, which has to be there still (`tests/restoring.py`). Tables
# are analysed by tests alone, for how a statement is planned must not hang on the moment.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_keep_size": "256MB",
    "autovacuum_analyze_threshold": "2147483647",
}


def url(folder: Folder) -> str:
    """Return the address of the folder's database, as libpq and django-environ both read it."""
    return f"postgresql://pmhub@/pmhub?host={quote(str(folder.sockets))}"


def as_server_user(command: list[str | Path]) -> list[str]:
    """Return the command as PostgreSQL accepts it: never as root.

    Root's servers run as `nobody`, with one capability more: to pass through root's closed
    folders. Without `no_setuid_fixup` the change of user would drop it.
    """
    plain = [str(part) for part in command]
    if os.geteuid() != 0:
        return plain
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise Failure("PostgreSQL never runs as root: be an ordinary user, or set DATABASE_URL.")
    return [
        setpriv,
        *("--reuid=nobody", "--regid=65534", "--clear-groups"),
        *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
        "--securebits=+no_setuid_fixup",
        *plain,
    ]


def run(command: list[str | Path], *, given: str = "") -> None:
    """Run one of PostgreSQL's own programs to its end."""
    done = subprocess.run(
        as_server_user(command),
        check=False,
        input=given,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    if done.returncode:
        raise Failure(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


def create(data: Path, *, careless: bool) -> None:
    """Make a cluster with its database, or nothing at all.

    It is made under another name and moved into place when complete: a kill half-way leaves
    nothing that looks like a database.
    """
    unfinished = data.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    sync = ["--no-sync"] if careless else []
    initdb = binaries.postgres("initdb")
    options = ["--username=pmhub", "--auth=trust", "--no-instructions", *LOCALE, *sync]
    run([initdb, "--pgdata", unfinished, *options])
    single: list[str | Path] = [
        binaries.postgres("postgres"),
        "--single",
        "-D",
        unfinished,
        "postgres",
    ]
    run(single, given="CREATE DATABASE pmhub\n")
    unfinished.rename(data)


def command_of(pid: int) -> str:
    """Return the command line of a process, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        if sys.platform == "linux":
            return ""
    ps = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return ps.stdout


def clear_pid_file(data: Path) -> None:
    """Remove the pid file of a server that was killed; end a server that was left running.

    After a kill the number may belong to any process by now, and PostgreSQL would refuse to start.
    Safe only because the caller holds the folder's lock.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split()[0])
    if str(data) in command_of(pid):
        os.kill(pid, signal.SIGINT)
        if not wait_until_gone(pid, 20):
            raise Failure(f"A PostgreSQL server of {data} runs as process {pid} and does not end.")
    pid_file.unlink(missing_ok=True)


def start(processes: ChildProcesses, folder: Folder, *, careless: bool = False) -> Child:
    """Start the server and wait until it answers; the caller holds the folder's lock."""
    data = folder.path / "postgres"
    if not data.exists():
        create(data, careless=careless)
    clear_pid_file(data)
    settings = SETTINGS | {"unix_socket_directories": str(folder.sockets)}
    settings |= CARELESS if careless else {}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = folder.logs / "postgres.log"
    server = as_server_user([binaries.postgres("postgres"), "-D", data, *options])
    deadline = time.monotonic() + LONGEST_STATEMENT
    while True:
        # SIGINT is PostgreSQL's fast shutdown: sessions are cut off, data are written.
        child = processes.start("postgres", server, ask=signal.SIGINT, grace=30, log=log)
        try:
            wait_until_ready(processes, folder, log)
        except Failure:
            if IN_USE not in log.read_text() or time.monotonic() > deadline:
                raise
            processes.wait(child)
        else:
            return child


def wait_until_ready(processes: ChildProcesses, folder: Folder, log: Path) -> None:
    """Wait until the server takes connections, after a crash once it has recovered."""
    for _ in range(1200):
        if answers(folder):
            return
        try:
            processes.check()
        except ChildEnded as ended:
            raise Failure(f"{ended}:\n{log.read_text()}") from ended
        time.sleep(0.05)
    raise Failure(f"PostgreSQL does not answer after a minute:\n{log.read_text()}")


def answers(folder: Folder) -> bool:
    """Tell whether a server on the folder's socket takes connections."""
    ready = [str(binaries.postgres("pg_isready")), "--quiet", "--host", str(folder.sockets)]
    return subprocess.run(ready, check=False).returncode == 0
