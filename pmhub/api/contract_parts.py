"""The parts of the contract that one collection needs.

The contract is always written with the same indentation, so it is cut by lines: parsing all of it
takes seconds, and a browser needs a quarter of a minute to show all of it.
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
    """A request of the contract: method, path and description."""

    id: str
    method: str
    path: str
    words: str

    @property
    def searched(self) -> str:
        """The text in which a search looks for words."""
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
        """Return the contract of one collection, as YAML. Raises KeyError for an unknown
        collection."""
        paths = self.paths[collection]
        schemas = "".join(self.schemas[name] for name in sorted(self._needed(paths)))
        return f"{self.head}{HEAD}{paths}{SCHEMAS}{schemas}{self.tail}"

    def _needed(self, paths: str) -> set[str]:
        """Return the names of the schemas to which paths refer, directly or through other
        schemas."""
        needed: set[str] = set()
        waiting = set(NAMED.findall(paths))
        while waiting:
            name = waiting.pop()
            needed.add(name)
            waiting |= {*NAMED.findall(self.schemas[name])} - needed
        return needed

    def matching(self, words: str) -> dict[str, list[Operation]]:
        """Return, by collection, the operations that hold all of these words in their text or in
        the name of their collection."""
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
    """Return the contract in `schema.yml`, in parts."""
    text = (settings.BASE_DIR / "schema.yml").read_text()
    head, _, rest = text.partition(HEAD)
    paths, _, rest = rest.partition(SCHEMAS)
    schemas, security, tail = rest.partition(SECURITY)
    of_path: dict[str, str] = {}
    operations: dict[str, list[Operation]] = {}
    for block in PATH.finditer(paths):
        collection = ""
        for method, block_of_method in OPERATION.findall(block[2]):
            collection = _first(TAG.findall(block_of_method))
            operation = Operation(
                _first(ID.findall(block_of_method)), method, block[1], _words(block_of_method)
            )
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


def _words(text: str) -> str:
    """Return the description of an operation, in one line."""
    written = DESCRIPTION.search(text)
    if not written:
        return ""
    described: str = yaml.load(written[1], yaml.CSafeLoader)["description"]
    return " ".join(described.split())
