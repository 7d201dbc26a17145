"""The data folder keeps others out: other users, and a second ./run."""

import os
import stat
import subprocess
import sys

import pytest

from pmhub.embedded.folder import LONGEST_SOCKET, Busy, Folder, default_home


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_supervisor_is_told_who_has_the_folder(folder):
    holder = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(holder) as other, folder.lock():
        (folder.path / "lock").write_text(str(other.pid))
        with pytest.raises(Busy, match=f"in use by process {other.pid}"):
            folder.lock()
        other.kill()


def test_the_lock_is_free_again_after_its_holder(folder):
    with folder.lock():
        assert folder.is_locked()
    assert not folder.is_locked()


def test_the_secret_is_made_once_and_for_the_owner_alone(folder):
    file = folder.secret_key_file()
    secret = file.read_text()
    assert len(secret) >= 50
    assert mode(file) == 0o600
    assert folder.secret_key_file().read_text() == secret


def test_nobody_else_may_look_into_a_new_folder(folder):
    assert mode(folder.path) == 0o700
    assert mode(folder.sockets) == 0o700


def test_sockets_have_short_paths_however_deep_the_folder(tmp_path, monkeypatch):
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    sockets = Folder(deep / "data").sockets
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= LONGEST_SOCKET
    sockets.rmdir()


def test_a_socket_folder_open_to_others_is_refused(folder):
    sockets = folder.sockets
    sockets.chmod(0o755)
    with pytest.raises(Busy, match="open to others"):
        _ = folder.sockets
    sockets.chmod(0o700)


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PMHUB_HOME", str(tmp_path))
    assert default_home() == tmp_path.resolve()
