"""The lock files: made from requirements/*.in, in step with them, and naming no host."""

import re
import subprocess
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pmhub.embedded import Failure
from pmhub.embedded.folder import CHECKOUT

FOLDER = CHECKOUT / "requirements"
# In this order, since the locks of some limit the versions of others.
NAMES = ["tools", "run", "embedded", "node", "test"]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
# Where a package came from is the business of whoever installs it; the hash says what it is.
HOST = re.compile(r"://|^--(index-url|extra-index-url|find-links)", re.MULTILINE)


def write(*, upgrade: bool = False) -> None:
    """Write every lock file anew; locked versions stay unless `upgrade`."""
    uv = CHECKOUT / ".pmhub" / "tools" / "bin" / "uv"
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
    for name in NAMES:
        files = [f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt"]
        more = ["--upgrade"] if upgrade else []
        command: list[str | Path] = [uv, "pip", "compile", "--quiet", *options, *more, *files]
        if subprocess.run(command, cwd=CHECKOUT, check=False).returncode:
            raise Failure(f"requirements/{name}.in could not be locked.")


def wanted(name: str) -> list[Requirement]:
    """Return the requirements of one `.in` file."""
    lines = (FOLDER / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def locked(name: str) -> dict[str, set[str]]:
    """Return the versions of each package in one lock file: several where they differ by version of
    Python."""
    found: dict[str, set[str]] = {}
    for package, version in PINNED.findall((FOLDER / f"{name}.txt").read_text()):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def drift(name: str) -> list[str]:
    """Return the requirements of one `.in` file that its lock does not fulfil."""
    versions = locked(name)
    return [
        f"requirements/{name}.txt does not fulfil {requirement}"
        for requirement in wanted(name)
        if not any(
            requirement.specifier.contains(version)
            for version in versions.get(canonicalize_name(requirement.name), ())
        )
    ]


def forgotten(name: str) -> list[str]:
    """Return the packages that a lock holds for an `.in` file that no longer names them."""
    asked = {canonicalize_name(requirement.name) for requirement in wanted(name)}
    text = (FOLDER / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=\S)", text)
    direct = {
        canonicalize_name(found[1])
        for block in blocks
        if f"-r requirements/{name}.in" in block and (found := PINNED.match(block))
    }
    return [f"requirements/{name}.txt still holds {extra}" for extra in sorted(direct - asked)]


def disagreements() -> list[str]:
    """Return the packages that the locks of ./run and ./test give different versions."""
    test = locked("test")
    return [
        f"{package} differs between requirements/{name}.txt and requirements/test.txt"
        for name in ("run", "embedded")
        for package, versions in locked(name).items()
        if test.get(package) != versions
    ]


def hosts() -> list[str]:
    """Return what is wrong with the lock files that name a host."""
    found = [f"{path.name} names a host" for path in locks() if HOST.search(path.read_text())]
    if '"resolved"' in (CHECKOUT / "package-lock.json").read_text():
        found.append("package-lock.json names hosts: run npm with the .npmrc of this checkout")
    return found


def locks() -> list[Path]:
    """Return the paths of all lock files of Python."""
    return [FOLDER / f"{name}.txt" for name in NAMES]


def check() -> None:
    """Raise Failure with everything that is wrong."""
    wrong = [*hosts(), *disagreements()]
    for name in NAMES:
        wrong += [*drift(name), *forgotten(name)]
    if wrong:
        raise Failure("\n".join([*wrong, "Lock again: ./test lock"]))
