"""Tokens for other systems, from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pmhub.models import Token, User

SCOPES = ("read", "write")


class Command(BaseCommand):
    """`token create --user NAME --name TEXT [--scope read]`, `token list`, `token revoke ID`."""

    help = "Make, list and revoke tokens. A token's key is printed once, when it is made."

    def add_arguments(self, parser: CommandParser) -> None:
        """The three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a token and print its key, once")
        create.add_argument("--user", required=True, help="the name the user signs in with")
        create.add_argument("--name", required=True, help="what the token is for")
        create.add_argument("--scope", action="append", choices=SCOPES, help="default: both")
        listing = verbs.add_parser("list", help="list tokens")
        listing.add_argument("--user", help="only this user's")
        verbs.add_parser("revoke", help="delete a token").add_argument(
            "id", help="as list shows it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do as the verb says."""
        getattr(self, options["verb"])(**options)

    def create(self, *, user: str, name: str, scope: list[str] | None, **_: Any) -> None:
        """Make a token and print its key alone, for a script to read."""
        owner = User.objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        if not name.strip() or len(name) > 100:
            raise CommandError("Give a name of at most 100 characters.")
        scopes = " ".join(sorted(set(scope or ())))
        _, key = Token.objects.create(user=owner, name=name.strip(), scopes=scopes)
        self.stdout.write(key)

    def list(self, *, user: str | None, **_: Any) -> None:
        """One token a line."""
        tokens = Token.objects.select_related("user").order_by("user__username", "created")
        for token in tokens.filter(user__username=user) if user else tokens:
            used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
            self.stdout.write(
                f"{token.token_key}  {token.user}  {token.name}  {token.scopes or 'read write'}"
                f"  made {token.created:%Y-%m-%d}  {used}"
            )

    def revoke(self, *, id: str, **_: Any) -> None:
        """Delete a token; what used it is refused from now on."""
        deleted, _counts = Token.objects.filter(token_key=id).delete()
        if not deleted:
            raise CommandError(f"There is no token {id!r}.")
        self.stdout.write("Revoked.")
