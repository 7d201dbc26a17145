"""Nothing that ./run starts outlives it, whatever ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pmhub.embedded.child_processes import ChildEnded, ChildProcesses, birth
from pmhub.embedded.folder import CHECKOUT, Folder
from pmhub.embedded.guardian import is_gone, wait_until_gone

SOON = 60  # seconds; nothing here waits as long unless it is broken
# A run that a shell put in the background ignores SIGINT, and so would what it starts.
SLEEPING = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL); time.sleep(600)"
SLEEP = [sys.executable, "-c", SLEEPING]
# A child that ends on no signal but SIGKILL, and has a child of its own.
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True);"
    "time.sleep(600)",
]
# A supervisor with two children, which tells their numbers and the guardian's.
SUPERVISOR = f"""
import sys, time
from pathlib import Path
from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import Folder
folder = Folder(Path(sys.argv[1]))
processes = ChildProcesses(folder, folder.lock())
sleep = [sys.executable, "-c", {SLEEPING!r}]
children = [processes.start(name, sleep) for name in ("first", "second")]
print(processes.guardian.pid, *(child.process.pid for child in children), flush=True)
time.sleep(600)
"""


def start_supervisor(folder: Folder) -> tuple[subprocess.Popen[str], list[int]]:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(folder.path)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert supervisor.stdout
    return supervisor, [int(pid) for pid in supervisor.stdout.readline().split()]


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_children_end_with_a_supervisor_that_was_killed(folder):
    supervisor, (_, *children) = start_supervisor(folder)
    kill(supervisor)
    assert all(wait_until_gone(pid, SOON) for pid in children)


def test_the_folder_stays_locked_until_the_guardian_is_done(folder):
    supervisor, (guardian, *children) = start_supervisor(folder)
    kill(supervisor)
    with folder.lock():
        assert all(is_gone(pid) for pid in children)
    assert wait_until_gone(guardian, SOON)


def test_children_end_at_the_next_start_when_the_guardian_was_killed_too(folder):
    supervisor, (guardian, *children) = start_supervisor(folder)
    os.kill(guardian, signal.SIGKILL)
    kill(supervisor)
    assert not any(is_gone(pid) for pid in children)
    with folder.lock() as lock:
        ChildProcesses(folder, lock).end()
    assert all(wait_until_gone(pid, SOON) for pid in children)


def test_a_process_that_got_the_number_of_an_old_child_is_left_alone(folder):
    stranger = subprocess.Popen(SLEEP, start_new_session=True)
    (folder.path / "processes").write_text(f"{stranger.pid} another birth\n")
    with folder.lock() as lock:
        ChildProcesses(folder, lock).end()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_process_has_one_birth():
    # Of the first process: two that start in the same tick of the clock are born together.
    assert birth(os.getpid()) == birth(os.getpid()) != birth(1)


def test_a_child_that_will_not_end_is_killed_with_its_own_children(processes, tmp_path: Path):
    log = tmp_path / "log"
    child = processes.start("stubborn", STUBBORN, grace=0.3, log=log)
    while not log.read_text().strip():
        processes.check()
    grandchild = int(log.read_text())
    processes.end()
    assert is_gone(child.process.pid)
    assert wait_until_gone(grandchild, SOON)


def test_a_child_that_ends_by_itself_is_missed(processes):
    child = processes.start("short", [sys.executable, "-c", "raise SystemExit(3)"])
    child.process.wait()
    with pytest.raises(ChildEnded, match="short ended with code 3"):
        processes.check()


def test_a_guardian_that_was_killed_is_missed(processes):
    processes.guardian.kill()
    processes.guardian.wait()
    with pytest.raises(ChildEnded, match="guardian"):
        processes.check()


def test_a_job_gives_its_exit_code(processes):
    job = processes.start("job", [sys.executable, "-c", "raise SystemExit(4)"], lasts=False)
    assert processes.wait(job) == 4
    assert processes.children == []


def test_words_come_behind_the_name_of_the_child(processes, capfd):
    words = [sys.executable, "-c", "print('hello\\n' * 5000)"]
    job = processes.start("job", words, lasts=False)
    processes.wait(job)
    assert capfd.readouterr().out == "job      | hello\n" * 5000 + "job      | \n"
