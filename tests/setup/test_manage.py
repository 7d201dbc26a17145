"""`manage.py` of a checkout finds the servers, whether they run or not."""

import os
import shutil
import subprocess
import sys

import pytest

from pmhub.embedded import servers
from pmhub.embedded.folder import CHECKOUT

OURS = "0123456789 abcdefghijklmnopqrstuvwxyz: ours, of tests"
NAMED = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PMHUB_DEMO", "SECURE_COOKIES", "DEBUG"}
ASK = """
from django.conf import settings
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('data_directory')")
    print(cursor.fetchone()[0], settings.DEBUG, settings.PMHUB_DEMO)
"""


def manage(*arguments, home, cwd=CHECKOUT, **env):
    bare = {name: value for name, value in os.environ.items() if name not in NAMED}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=cwd,
        env=bare | {"PMHUB_HOME": str(home)} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def ask(home, **env):
    return manage("shell", "--no-imports", "--command", ASK, home=home, **env)


@pytest.mark.slow
def test_with_nothing_running_it_has_servers_of_its_own_which_end_with_it(folder):
    done = ask(folder.path)
    assert done.stdout == f"{folder.path / 'postgres'} False True\n", done.stderr
    assert not folder.is_locked()
    assert not (folder.path / "postgres" / "postmaster.pid").exists()


@pytest.mark.slow
def test_servers_that_run_are_used_and_go_on(folder, processes):
    servers.start(processes, folder, servers.environment(folder))
    done = ask(folder.path)
    assert done.stdout == f"{folder.path / 'postgres'} False True\n", done.stderr
    processes.check()
    assert servers.postgres.answers(folder)


def test_help_needs_no_server(tmp_path):
    done = manage("token", "--help", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "postgres").exists()


def test_an_environment_that_names_everything_stays_as_it_is(tmp_path):
    done = manage(
        *("shell", "--no-imports", "--command"),
        "from django.conf import settings as s; print(s.SECRET_KEY, s.PMHUB_DEMO)",
        home=tmp_path / "home",
        SECRET_KEY=OURS,
        DATABASE_URL="postgresql://nobody@/none?host=/nonexistent",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert done.stdout == f"{OURS} False\n", done.stderr
    assert not (tmp_path / "home" / "postgres").exists()


def test_the_image_says_what_its_environment_lacks(tmp_path):
    ignored = shutil.ignore_patterns("embedded", "__pycache__")
    shutil.copytree(CHECKOUT / "pmhub", tmp_path / "pmhub", ignore=ignored)
    shutil.copy(CHECKOUT / "manage.py", tmp_path)
    done = manage("check", home=tmp_path / "home", cwd=tmp_path)
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "home").exists()
