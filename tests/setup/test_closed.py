"""What the product does not do: it starts no program but itself, executes no text, reads no XML and
unpickles nothing; what it is built from and what a browser keeps is named."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.test import Client

from pmhub.embedded.folder import CHECKOUT
from tests import checks

APPS = ("pmhub", "programmes", "projects", "benefits")
# Started by hand on somebody's own machine, and served to nobody.
BY_HAND = ("pmhub/embedded/", "pmhub/bench/")
NEVER_IMPORTED = {
    *("subprocess", "pty", "commands"),  # programs
    *("pickle", "marshal", "shelve", "dill"),  # objects out of bytes
    *("xml", "lxml", "defusedxml", "xmltodict"),  # entities
    *("ldap3", "ldap", "zipfile", "tarfile", "jinja2"),
}
BYTES = {"pickle", "marshal"}
NEVER_CALLED = {"eval", "exec", "compile", "__import__", "Template", "from_string"}
NEVER_OF_OS = {"system", "popen", "spawnl", "spawnv", "posix_spawn"}
# What starts another: the interpreter that runs already, with a module of the product.
STARTED = {"pmhub/pdf/__init__.py": {"subprocess"}}
# What is looked at from without: how large a workbook would be, before anything of it is unpacked.
LOOKED_AT = {"pmhub/api/imports.py": {"zipfile"}}
ITSELF = "pmhub/server/processes.py"  # becomes its own program again


def sources() -> Iterator[tuple[str, ast.AST]]:
    """Yield each file of the product with its syntax."""
    for app in APPS:
        for path in sorted((CHECKOUT / app).rglob("*.py")):
            name = str(path.relative_to(CHECKOUT))
            if not name.startswith(BY_HAND) and "/migrations/" not in name:
                yield name, ast.parse(path.read_text())


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the packages that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def called(tree: ast.AST) -> Iterator[str]:
    """Yield what a file calls, as it is named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_no_program_is_started_and_nothing_read_that_could_act():
    for name, tree in sources():
        found = NEVER_IMPORTED.intersection(imported(tree))
        found -= STARTED.get(name, set()) | LOOKED_AT.get(name, set())
        assert not found - (BYTES if only_writes(tree) else set()), name


def test_paper_is_made_by_the_same_interpreter_and_by_no_words_of_anybody():
    """A PDF is made in a process of its own, which gives back its memory and ends in time: the
    document comes to it as bytes, and nothing of it is part of the command."""
    (name,) = STARTED
    tree = dict(sources())[name]
    nodes = list(ast.walk(tree))
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    (run,) = (each for each in calls if ast.unparse(each.func) == "subprocess.run")
    assert ast.unparse(run.args[0]) == "command"
    assert not {"shell", "executable", "env"} & {each.arg for each in run.keywords}
    kept = [each for each in nodes if isinstance(each, ast.Assign)]
    commands = [ast.unparse(e.value) for e in kept if ast.unparse(e.targets[0]) == "command"]
    assert commands == ["[sys.executable, '-m', 'pmhub.pdf']"]
    assert {each for each in called(tree) if each.startswith("subprocess.")} == {"subprocess.run"}


def only_writes(tree: ast.AST) -> bool:
    """Whether a file makes bytes of objects, to compare them, and no object of bytes."""
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in BYTES
    }
    named = any(isinstance(n, ast.ImportFrom) and n.module in BYTES for n in ast.walk(tree))
    return used <= {"dumps", "HIGHEST_PROTOCOL"} and not named


def test_no_text_is_executed_nor_made_a_template():
    for name, tree in sources():
        found = set(called(tree))
        assert not NEVER_CALLED.intersection(found), name
        assert not found.intersection(f"os.{each}" for each in NEVER_OF_OS), name
        if any(each.startswith("os.exec") for each in found):
            assert name == ITSELF


def test_tasks_and_sessions_are_json():
    assert getattr(settings, "CELERY_TASK_SERIALIZER", "json") == "json"
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"


def test_passwords_are_hashed_as_slowly_as_is_advised():
    hasher = get_hasher()
    assert hasher.algorithm == "pbkdf2_sha256"
    assert hasher.iterations >= 600_000


def ignored() -> list[str]:
    """Return what the build of the image leaves out and takes, in order."""
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_the_image_is_made_of_what_is_named():
    first, *named = ignored()
    taken = {line.removeprefix("!") for line in named if line.startswith("!")}
    assert first == "*"
    assert not taken & {".git", ".env", "secrets", "tests", "docs", ".pmhub"}
    copied = [
        word
        for line in (CHECKOUT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert {word if word in taken else Path(word).parts[0] for word in copied} <= taken


def test_the_image_does_without_the_demo_and_what_measures(tmp_path):
    left = [line for line in ignored() if line.startswith("pmhub/")]
    assert {"pmhub/bench", "pmhub/demo", "pmhub/embedded"} <= set(left)

    def leave(folder, names):
        here = Path(folder).relative_to(CHECKOUT)
        return {name for name in names if name == "__pycache__" or str(here / name) in left}

    for taken in (*APPS, "templates"):
        shutil.copytree(CHECKOUT / taken, tmp_path / taken, ignore=leave)
    shutil.copy(CHECKOUT / "manage.py", tmp_path)
    run = [sys.executable, "-E", "manage.py"]
    env = {**checks.ENVIRONMENT, "PATH": ""}
    said = subprocess.run([*run, "help"], cwd=tmp_path, env=env, capture_output=True, check=True)
    commands = said.stdout.decode().split()
    assert "first_account" in commands
    assert not {"demo", "bench", "scale"} & set(commands)
    subprocess.run([*run, "check"], cwd=tmp_path, env=env, capture_output=True, check=True)


@pytest.mark.parametrize("path", ["/static/", "/static/pmhub/", "/static/admin/css/", "/.git/HEAD"])
def test_no_folder_is_listed(path, db):
    assert Client().get(path).status_code == 404


def test_a_browser_keeps_nothing_of_ours():
    keeping = ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.")
    scripts = [*CHECKOUT.glob("static/src/**/*.ts"), *CHECKOUT.glob("static/public/*.js")]
    found = {
        path.name
        for path in scripts
        if path.name != "schema.d.ts" and any(word in path.read_text() for word in keeping)
    }
    assert found == set()
