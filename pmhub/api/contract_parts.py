"""The requests of one collection out of the contract.

The contract is written by one program, with one indentation, so that it is cut by its lines: to
parse all of it takes seconds, to draw all of it takes a browser a quarter of a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import yaml
from django.conf import settings

HEAD, SCHEMAS, SECURITY = "paths:\n", "components:\n  schemas:\n", "  securitySchemes:\n"
PATH = re.compile(r"^  (/\S+):\n((?:    .*\n|\n)+)", re.MULTILINE)
OPERATION = re.compile(r"^    (get|put|patch|post|delete):\n((?:      .*\n|\n)+)", re.MULTILINE)
SCHEMA = re.compile(r"^    (\w+):\n((?:      .*\n|\n)+)", re.MULTILINE)
TAG = re.compile(r"^      tags:\n      - (\S+)$", re.MULTILINE)
ID = re.compile(r"^      operationId: (\S+)$", re.MULTILINE)
DESCRIPTION = re.compile(r"^      (description: .*(?:\n        .*|\n)*)", re.MULTILINE)
NAMED = re.compile(r"#/components/schemas/(\w+)")


@dataclass(frozen=True, slots=True)
class Operation:
    """A request: how it is asked for, and what it does."""

    id: str
    method: str
    path: str
    words: str

    @property
    def searched(self) -> str:
        """Return what it is found by."""
        return f"{self.method} {self.path} {self.words}".lower()


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract in parts: text of paths by collection, operations by collection, schemas."""

    head: str
    tail: str
    paths: Mapping[str, str]
    operations: Mapping[str, list[Operation]]
    schemas: Mapping[str, str]

    def of(self, collection: str) -> str:
        """Return the contract of one collection, as YAML. Raises KeyError for none of these."""
        paths = self.paths[collection]
        schemas = "".join(self.schemas[name] for name in sorted(self._needed(paths)))
        return f"{self.head}{HEAD}{paths}{SCHEMAS}{schemas}{self.tail}"

    def _needed(self, paths: str) -> set[str]:
        """The schemas that these paths name, and those that these name."""
        needed: set[str] = set()
        waiting = set(NAMED.findall(paths))
        while waiting:
            name = waiting.pop()
            needed.add(name)
            waiting |= {*NAMED.findall(self.schemas[name])} - needed
        return needed

    def matching(self, words: str) -> dict[str, list[Operation]]:
        """Return the operations that hold all of these words, or whose collection does."""
        wanted = words.lower().split()
        matches = {
            collection: [
                operation
                for operation in operations
                if all(word in f"{collection} {operation.searched}" for word in wanted)
            ]
            for collection, operations in self.operations.items()
        }
        return {collection: operations for collection, operations in matches.items() if operations}


@cache
def contract() -> Contract:
    """Return the contract as it is checked in."""
    text = (settings.BASE_DIR / "schema.yml").read_text()
    head, _, rest = text.partition(HEAD)
    paths, _, rest = rest.partition(SCHEMAS)
    schemas, security, tail = rest.partition(SECURITY)
    of_path: dict[str, str] = {}
    operations: dict[str, list[Operation]] = {}
    for block in PATH.finditer(paths):
        collection = ""
        for method, told in OPERATION.findall(block[2]):
            collection = _first(TAG.findall(told))
            operation = Operation(_first(ID.findall(told)), method, block[1], _words(told))
            operations.setdefault(collection, []).append(operation)
        of_path[collection] = of_path.get(collection, "") + block[0]
    return Contract(
        head,
        f"{security}{tail}",
        of_path,
        dict(sorted(operations.items())),
        {block[1]: block[0] for block in SCHEMA.finditer(schemas)},
    )


def _first(values: Iterable[str]) -> str:
    return next(iter(values), "")


def _words(told: str) -> str:
    """Return what an operation does, in one line."""
    written = DESCRIPTION.search(told)
    if not written:
        return ""
    described: str = yaml.load(written[1], yaml.CSafeLoader)["description"]
    return " ".join(described.split())
