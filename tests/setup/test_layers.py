"""The contract of the layers finds what breaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pmhub.embedded.folder import CHECKOUT

BREACHES = [
    ("projects/evm.py", "import django", "functions of plain values BROKEN"),
    ("projects/risk/matrix.py", "import projects.models", "functions of plain values BROKEN"),
    ("programmes/models/portfolio.py", "import projects.models", "pmhub BROKEN"),
    ("programmes/queries.py", "import benefits.services", "its layer BROKEN"),
    ("benefits/serializers.py", "import pmhub.views", "its layer BROKEN"),
    ("benefits/api.py", "import pmhub.views", "REST imports no pages BROKEN"),
    ("pmhub/embedded/folder.py", "import django", "needs no Django BROKEN"),
]
APPS = ["pmhub", "programmes", "projects", "benefits"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """Return a copy of the code to break, without what it needs to run."""
    folder = tmp_path_factory.mktemp("layers")
    ignored = shutil.ignore_patterns("__pycache__", "migrations")
    for app in APPS:
        shutil.copytree(CHECKOUT / app, folder / app, ignore=ignored)
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    for module in {file for file, _, _ in BREACHES} | {"benefits/services.py"}:
        (folder / module).touch()
    return folder


def lint(folder: Path) -> str:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True).stdout


@pytest.mark.parametrize(("file", "line", "contract"), BREACHES)
def test_a_breach_is_found(copy, file, line, contract):
    path = copy / file
    before = path.read_text()
    path.write_text(f"{line}\n{before}")
    try:
        assert contract in lint(copy)
    finally:
        path.write_text(before)
