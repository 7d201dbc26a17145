"""Tokens for other systems, from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pmhub import scopes
from pmhub.accounts import tokens
from pmhub.models import Token, User


class Command(BaseCommand):
    """Makes, lists and revokes tokens: `token create --user NAME --name TEXT [--scope read]`,
    `token list`, `token revoke ID`."""

    help = "Make, list and revoke tokens. A token's key is printed once, when it is made."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the three sub-commands and their options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a token and print its key, once")
        create.add_argument("--user", required=True, help="the name the user signs in with")
        create.add_argument("--name", required=True, help="what the token is for")
        text = "read, write, or one of a resource such as projects:read; default: everything"
        create.add_argument("--scope", action="append", metavar="SCOPE", help=text)
        create.add_argument("--days", type=int, default=90, help="at most 366 (%(default)s)")
        listing = verbs.add_parser("list", help="list tokens")
        listing.add_argument("--user", help="only this user's")
        verbs.add_parser("revoke", help="delete a token").add_argument(
            "id", help="as list shows it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sub-command."""
        getattr(self, options["verb"])(**options)

    def create(self, *, user: str, name: str, scope: list[str] | None, days: int, **_: Any) -> None:
        """Make a token and print its key alone, for a script to read."""
        owner = User.objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        if not name.strip() or len(name) > 100:
            raise CommandError("Give a name of at most 100 characters.")
        wanted = scope or []
        if wrong := [word for word in wanted if not scopes.FORM.fullmatch(word)]:
            raise CommandError(f"{wrong[0]!r} is no scope.")
        if not 0 < days <= tokens.AT_MOST.days:
            raise CommandError(f"Give from 1 to {tokens.AT_MOST.days} days.")
        ends_at = timezone.now() + timedelta(days=days)
        _, key = tokens.make(owner, name=name.strip(), wanted=wanted, ends_at=ends_at)
        self.stdout.write(key)

    def list(self, *, user: str | None, **_: Any) -> None:
        """Print a line for each token."""
        tokens = Token.objects.select_related("user").order_by("user__username", "created", "pk")
        for token in tokens.filter(user__username=user) if user else tokens:
            used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
            self.stdout.write(
                f"{token.token_key}  {token.user}  {token.name}  {token.scopes or 'read write'}"
                f"  made {token.created:%Y-%m-%d}  ends {token.expiry:%Y-%m-%d}  {used}"
            )

    def revoke(self, *, id: str, **_: Any) -> None:
        """Delete a token, so that requests with it are refused from now on."""
        deleted, _counts = Token.objects.filter(token_key=id).delete()
        if not deleted:
            raise CommandError(f"There is no token {id!r}.")
        self.stdout.write("Revoked.")
