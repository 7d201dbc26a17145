"""The known vulnerabilities of every locked package, from a copy of a database in the form of OSV:
no server is told which packages are looked up."""

import json
import os
import re
import shutil
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from pmhub.embedded import Failure
from tests import packages
from tests.packages import ECOSYSTEMS, Package

VARIABLE = "VULNERABILITIES"
NONE_GIVEN = (
    f"{VARIABLE} names no database of known vulnerabilities, so nothing was checked. Give it the "
    "folder, or the https address, of an export in the form of OSV: PyPI/all.zip and npm/all.zip."
)
PATIENCE = 60  # seconds for each answer of the server of a database
SEMVER = re.compile(r"^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$")
Entry = dict[str, Any]
Order = Callable[[str], Any]  # returns a version as a value that can be compared


@dataclass
class Finding:
    """A locked package with a vulnerability, which may have several names."""

    package: Package
    names: set[str]
    severity: str
    fixed: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        """Return the package, the names of its vulnerability, the severity, and the versions in
        which it is fixed."""
        mended = f"mended in {', '.join(sorted(self.fixed))}" if self.fixed else "not mended yet"
        of = f"{self.package.name} {self.package.version} ({self.package.use.name.lower()})"
        return f"{of}: {', '.join(sorted(self.names))}; {self.severity}; {mended}"


def check() -> str:
    """Return how many packages and entries were compared. Raises Failure with every finding, or
    where there is no database."""
    where = os.environ.get(VARIABLE, "")
    if not where:
        raise Failure(NONE_GIVEN)
    locked, read, found = packages.every(), 0, []
    for ecosystem in ECOSYSTEMS.values():
        entries = list(database(where, ecosystem))
        if not entries:
            raise Failure(f"The database of {ecosystem} holds nothing, so nothing was checked.")
        found += findings([each for each in locked if each.ecosystem == ecosystem], entries)
        read += len(entries)
    if found:
        raise Failure("\n".join(map(str, found)))
    return f"{len(locked)} packages, {read} entries, none applies"


def database(where: str, ecosystem: str) -> Iterator[Entry]:
    """Yield the entries of one ecosystem's export. Raises Failure where it cannot be read."""
    with export(where, ecosystem) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield json.loads(archive.read(name))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise Failure(f"{where}: {ecosystem}/all.zip cannot be read: {error}") from error


@contextmanager
def export(where: str, ecosystem: str) -> Iterator[Path]:
    """Yield the path of one ecosystem's export: a file of a folder, or a file that is downloaded
    and exists only within the context."""
    if "://" not in where:
        yield Path(where) / ecosystem / "all.zip"
        return
    address = f"{where.rstrip('/')}/{ecosystem}/all.zip"
    if not address.startswith("https://"):
        raise Failure(f"{VARIABLE}: an address begins with https://.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "all.zip"
        try:
            with (
                urllib.request.urlopen(address, timeout=PATIENCE) as sent,  # noqa: S310  # https
                file.open("wb") as kept,
            ):
                shutil.copyfileobj(sent, kept)
        except OSError as error:
            raise Failure(f"{address} cannot be fetched: {error}") from error
        yield file


def findings(locked: list[Package], entries: list[Entry]) -> list[Finding]:
    """Return the findings of the entries for the locked packages; entries that share a name for a
    package count as one vulnerability."""
    by_name: dict[str, list[Package]] = {}
    for package in locked:
        by_name.setdefault(package.name, []).append(package)
    found: list[Finding] = []
    for entry in entries:
        if entry.get("withdrawn"):
            continue
        for affected in entry.get("affected", ()):
            for package in by_name.get(named(affected), ()):
                if applies(package, affected):
                    merge(found, Finding(package, names(entry), severity(entry), fixes(affected)))
    return sorted(found, key=str)


def merge(found: list[Finding], new: Finding) -> None:
    """Add a finding, or add its names and versions to the known finding of the same vulnerability
    in the same package."""
    for known in found:
        if known.package is new.package and known.names & new.names:
            known.names |= new.names
            known.fixed |= new.fixed
            known.severity = max(known.severity, new.severity, key=lambda said: said != UNRATED)
            return
    found.append(new)


def named(affected: Entry) -> str:
    """Return the name of an affected package as our locks write it, or "" where it has none."""
    package = affected.get("package", {})
    name: str = package.get("name", "")
    return canonicalize_name(name) if package.get("ecosystem") == "PyPI" else name


def names(entry: Entry) -> set[str]:
    """Return every name of a vulnerability."""
    return {entry["id"], *entry.get("aliases", ())}


UNRATED = "severity not said"


def severity(entry: Entry) -> str:
    """Return the severity of a vulnerability: the word of its database, else its CVSS vector."""
    word: str = (entry.get("database_specific") or {}).get("severity") or ""
    vectors = [str(each.get("score", "")) for each in entry.get("severity", ())]
    return word.lower() or next(iter(vectors), "") or UNRATED


def fixes(affected: Entry) -> set[str]:
    """Return the versions in which the vulnerability is fixed."""
    ranges = affected.get("ranges", ())
    events = [event for each in ranges if each.get("type") != "GIT" for event in each["events"]]
    return {event["fixed"] for event in events if "fixed" in event}


def applies(package: Package, affected: Entry) -> bool:
    """Return whether the version of a package is affected: listed, or within a range of versions. A
    version that cannot be compared counts as affected, so that somebody looks at it."""
    if affected["package"].get("ecosystem") != package.ecosystem:
        return False
    order = ORDERS[package.ecosystem]
    ranges = [each for each in affected.get("ranges", ()) if each.get("type") != "GIT"]
    try:
        return package.version in affected.get("versions", ()) or any(
            within(order(package.version), each["events"], order) for each in ranges
        )
    except ValueError:
        return True


def within(version: Any, events: list[dict[str, str]], order: Order) -> bool:
    """Return whether a version is within a range: of the events up to that version, the last one
    opens the range."""
    vulnerable = False
    for kind, at in sorted(_moments(events), key=lambda each: _placed(each[1], order)):
        if kind == "last_affected":
            reached = version > order(at)
        else:
            reached = at == "0" or (at != "*" and version >= order(at))
        if reached:
            vulnerable = kind == "introduced"
    return vulnerable


def _moments(events: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    for event in events:
        yield from event.items()


def _placed(at: str, order: Order) -> tuple[int, Any]:
    return {"0": (0, 0), "*": (2, 0)}.get(at) or (1, order(at))


def semantic(version: str) -> tuple[Any, ...]:
    """Return a version of npm as a value that can be compared: a number comes before a word, and a
    release after its candidates. Raises ValueError for text that is no version."""
    parsed = SEMVER.match(version)
    if parsed is None:
        raise ValueError(version)
    numbers = tuple(int(part or 0) for part in parsed.groups()[:3])
    if parsed[4] is None:
        return *numbers, (1,)
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in parsed[4].split(".")
    )
    return *numbers, (0, parts)


ORDERS: dict[str, Order] = {"PyPI": Version, "npm": semantic}
