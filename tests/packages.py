"""Every package that a lock file names, of Python and of the front end: its version, its hashes,
what it is used for, and which packages asked for it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from pmhub.embedded.folder import CHECKOUT
from tests import locks

NPM_LOCK = CHECKOUT / "package-lock.json"
HASHED = re.compile(r"--hash=(\w+:[0-9a-f]+)")
# What follows `# via`: one name on its line, or several below it.
ASKED_BY = re.compile(r"^    # (?:via)? *(-r \S+|[A-Za-z0-9._-]+)$", re.MULTILINE)
NESTED = "node_modules/"


class Use(IntEnum):
    """What a package is used for; a package of several locks has the first of these."""

    PRODUCT = 1  # a part of what is installed in production
    SERVERS = 2  # the servers that ./run starts where none are named
    TOOLS = 3  # builds and tests


USES = {"run": Use.PRODUCT, "embedded": Use.SERVERS}
ECOSYSTEMS = {"pypi": "PyPI", "npm": "npm"}


@dataclass
class Package:
    """A package at one version."""

    registry: str  # "pypi" or "npm", as package URLs say
    name: str
    version: str
    use: Use
    hashes: set[str] = field(default_factory=set)  # as "sha256:…", hexadecimal or base64
    licence: str = ""  # where the lock says it
    asked_by: set[str] = field(default_factory=set)  # names; "" is the product itself

    @property
    def ecosystem(self) -> str:
        """Return the name of the registry in databases of vulnerabilities."""
        return ECOSYSTEMS[self.registry]

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what distinguishes it from every other: registry, name and version."""
        return self.registry, self.name, self.version


def every() -> list[Package]:
    """Return every package of every lock once, by registry, name and version."""
    found: dict[tuple[str, str, str], Package] = {}
    for package in [*of_python(), *of_the_front_end()]:
        known = found.setdefault(package.key, package)
        known.use = min(known.use, package.use)
        known.hashes |= package.hashes
        known.asked_by |= package.asked_by
    return [found[key] for key in sorted(found)]


def of_python() -> Iterator[Package]:
    """Yield the packages of the locks of Python, once for each lock."""
    for path in locks.locks():
        for block in re.split(r"\n(?=\S)", path.read_text()):
            if pinned := locks.PINNED.match(block):
                yield Package(
                    registry="pypi",
                    name=canonicalize_name(pinned[1]),
                    version=pinned[2],
                    use=USES.get(path.stem, Use.TOOLS),
                    hashes=set(HASHED.findall(block)),
                    asked_by=set(_askers(ASKED_BY.findall(block))),
                )


def _askers(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word.startswith("-r"):
            yield ""
        elif word != "via":
            yield canonicalize_name(word)


def of_the_front_end() -> Iterator[Package]:
    """Yield the packages of npm's lock, once for each folder that they are in."""
    locked: dict[str, dict[str, Any]] = json.loads(NPM_LOCK.read_text())["packages"]
    asked_by: dict[str, set[str]] = {}
    for place, entry in locked.items():
        for wanted in _wanted(entry):
            if found := _resolved(place, wanted, locked):
                asked_by.setdefault(found, set()).add(_named(place, entry) if place else "")
    for place, entry in locked.items():
        if place:
            yield Package(
                registry="npm",
                name=_named(place, entry),
                version=entry["version"],
                use=Use.TOOLS if entry.get("dev") else Use.PRODUCT,
                hashes={entry["integrity"].replace("-", ":", 1)},
                licence=entry.get("license", ""),
                asked_by=asked_by.get(place, set()),
            )


def _named(place: str, entry: dict[str, Any]) -> str:
    name: str = entry.get("name") or place.rpartition(NESTED)[2]
    return name


def _wanted(entry: dict[str, Any]) -> Iterator[str]:
    for kind in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
        yield from entry.get(kind, ())


def _resolved(place: str, wanted: str, locked: dict[str, Any]) -> str:
    """Return the folder in which Node finds the package `wanted` from another's folder: in it, or
    in one above; "" where it is in none."""
    folder = Path(place)
    while str(folder) not in {".", ""}:
        found = f"{folder}/{NESTED}{wanted}"
        if found in locked:
            return found
        folder = folder.parent
    return f"{NESTED}{wanted}" if f"{NESTED}{wanted}" in locked else ""
