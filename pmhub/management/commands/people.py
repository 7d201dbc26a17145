"""What is held about a person, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from pmhub.database.collation import same
from pmhub.models import Person, User
from pmhub.queries import personal_data_of


class Command(BaseCommand):
    """Prints what is held about a person: `people export --code CODE [--list]`."""

    help = "Print all that is held about a person: as JSON, or as a list that people read."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the only sub-command, `export`, and its options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="all that is held about a person")
        export.add_argument("--code", required=True, help="the person's code in the directory")
        export.add_argument("--list", action="store_true", help="lines to read, not JSON")

    def handle(self, *args: Any, code: str, **options: Any) -> None:
        """Print what is held about the person."""
        person = Person.objects.filter(same("code", code)).first()
        if person is None:
            raise CommandError(f"There is nobody with the code {code!r}.")
        # Whoever runs commands on the server sees all.
        everything = User(is_superuser=True, is_active=True)
        held = json.loads(
            json.dumps(personal_data_of(person, to=everything), cls=DjangoJSONEncoder)
        )
        if options["list"]:
            self.stdout.write("\n".join(_lines(held)))
        else:
            self.stdout.write(json.dumps(held, indent=2, ensure_ascii=False))


def _lines(value: Any, place: str = "") -> Iterator[str]:
    """Return a line for each value that is not empty, with its path first: `account / sessions 1 /
    browser: …`."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _lines(item, f"{place} / {name}" if place else name.replace("_", " "))
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _lines(item, f"{place} {number}")
    elif value not in (None, ""):
        yield f"{place}: {value}"
