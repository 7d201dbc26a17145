"""Memory of everything that `./run` started, as proportional set size (Linux)."""

from __future__ import annotations

from pathlib import Path


def parents() -> dict[int, int]:
    """Return the parent of every process of this machine."""
    parent_of = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # the process has ended meanwhile
        parent_of[int(path.parent.name)] = int(fields[1])
    return parent_of


def process_tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    tree = parents()
    mine = {root}
    while grown := {pid for pid, parent in tree.items() if parent in mine} - mine:
        mine |= grown
    return sorted(mine)


def proportional_kib(pid: int) -> int:
    """Return a process's proportional set size in KiB, in which it has a part of each shared page;
    0 if it cannot be read."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def command_of(pid: int) -> str:
    """Return the first words of a process's command line."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "?"
    program, *rest = words.split()[:5] or ["?"]
    return " ".join([Path(program).name, *rest])[:90]


def is_of_product(command: str) -> bool:
    """Return whether a command is one of the web server, a worker or beat."""
    return any(name in command for name in ("pmhub.server", "pmhub/server", "pmhub.beat", "celery"))
