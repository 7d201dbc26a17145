"""Somebody's digest, from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pmhub.accounts import digests
from pmhub.models import User


class Command(BaseCommand):
    """Prints the digest of a user: `digest USER`."""

    help = "Print the digest that somebody would get by mail now. Nothing is sent or noted."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the argument for the user."""
        parser.add_argument("user", help="the name the user signs in with")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        """Print the user's digest."""
        reader = User.objects.filter(username=user).first()
        if reader is None:
            raise CommandError(f"There is no user {user!r}.")
        self.stdout.write(digests.text_now(reader) or "There is nothing to tell them.")
