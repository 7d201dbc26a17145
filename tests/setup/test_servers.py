"""The embedded servers keep their data through kills and stale files."""

import os
import signal
import socket
import threading
from contextlib import suppress

import psycopg2
import pytest

from pmhub.embedded import postgres, redis
from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import Folder
from pmhub.embedded.guardian import is_gone, wait_until_gone


@pytest.fixture
def processes_again(folder: Folder, processes: ChildProcesses):
    """Return a function that starts PostgreSQL once more, as a next ./run would."""

    def start():
        processes.children.clear()
        return postgres.start(processes, folder, careless=True)

    return start


def query(folder: Folder, statement: str):
    connection = psycopg2.connect(postgres.url(folder))
    connection.autocommit = True
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def test_data_outlive_a_kill_and_a_pid_file_that_names_a_stranger(
    folder, processes, processes_again
):
    server = postgres.start(processes, folder)
    query(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.process.kill()
    server.process.wait()
    # The number of a killed server soon belongs to anybody: here, to this test.
    pid_file = folder.path / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    processes_again()
    assert query(folder, "SELECT answer FROM kept") == [(42,)]


def test_a_session_that_outlives_its_server_is_waited_for(folder, processes, processes_again):
    server = postgres.start(processes, folder, careless=True)
    session = psycopg2.connect(postgres.url(folder))
    pid = session.get_backend_pid()

    def work():
        with suppress(psycopg2.Error), session.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM generate_series(1, 1e7)")

    working = threading.Thread(target=work)
    working.start()
    at_work = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND state = 'active'"  # noqa: S608
    while not query(folder, at_work):
        assert working.is_alive()
    os.kill(pid, signal.SIGSTOP)  # however long we take, it is there still
    server.process.kill()
    server.process.wait()
    assert not is_gone(pid)
    threading.Timer(0.5, os.kill, [pid, signal.SIGCONT]).start()
    processes_again()
    assert is_gone(pid)
    working.join()
    assert query(folder, "SELECT 1") == [(1,)]


def test_a_server_that_was_left_running_is_ended_first(folder, processes, processes_again):
    left = postgres.start(processes, folder, careless=True)
    processes_again()
    assert wait_until_gone(left.process.pid, 1)
    assert query(folder, "SELECT 1") == [(1,)]


def test_the_database_is_as_the_one_of_compose(folder, processes):
    postgres.start(processes, folder, careless=True)
    locale = "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
    assert query(folder, f"{locale} WHERE datname = 'pmhub'") == [("b", "C.UTF-8", "UTF8")]
    assert query(folder, "SHOW client_connection_check_interval") == [("5s",)]
    assert query(folder, "SHOW listen_addresses") == [("",)]


def test_a_creation_that_was_killed_half_way_leaves_nothing_in_its_way(folder, processes):
    unfinished = folder.path / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    postgres.start(processes, folder, careless=True)
    assert query(folder, "SELECT 1") == [(1,)]


def test_redis_answers_past_the_socket_of_a_killed_one(folder, processes):
    path = folder.sockets / "redis.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    child = redis.start(processes, folder)
    assert redis.answers(path)
    child.process.send_signal(signal.SIGTERM)
    assert child.process.wait(60) == 0
