"""`manage.py first_account`: the first account of an empty installation."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pmhub import one_time_links
from pmhub.accounts import first_account
from pmhub.forms.first_account import FirstAccountForm

ADDRESS = "http://127.0.0.1:8000"


class Command(BaseCommand):
    """Print a link at which a browser makes the first account, or ask for its fields on the
    console."""

    help = "Offer the first account of an empty installation: by a link that works once, for a day."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options for the address of the site and for asking on the console."""
        parser.add_argument("--address", default=ADDRESS, help=f"of the site ({ADDRESS})")
        parser.add_argument("--console", action="store_true", help="ask for everything here")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link, or make the account."""
        try:
            if options["console"]:
                self.ask()
            else:
                self.stdout.write(f"{options['address'].rstrip('/')}{first_account.first_link()}")
        except one_time_links.LinkSpent:
            text = (
                "There are accounts already: the PMO adds others on the admin pages. Where nobody"
                " of the PMO can sign in any more, `manage.py createsuperuser` lets somebody in who"
                " may give its role."
            )
            raise CommandError(text) from None

    def ask(self) -> None:
        """Ask for names and password until they are accepted; without a terminal, read one line for
        each once."""
        if not first_account.are_none():
            raise one_time_links.LinkSpent
        while True:
            form = FirstAccountForm(self.answers())
            if form.is_valid():
                break
            for name, errors in form.errors.items():
                self.stderr.write(f"{name}: {' '.join(map(str, errors))}")
            if not sys.stdin.isatty():
                raise CommandError("No account was made.")
        user = first_account.add_first_account(**form.given())
        self.stdout.write(f"{user.username} can sign in.")

    def answers(self) -> dict[str, str]:
        """Return what is typed in answer to the questions."""
        typed = {name: read(label) for name, label in QUESTIONS.items()}
        return typed | {"password2": typed["password1"]}


QUESTIONS = {
    "name": "Your name: ",
    "username": "User name: ",
    "email": "Mail (may be empty): ",
    "password1": "Password: ",
}


def read(label: str) -> str:
    """Return one line of input; a terminal does not show a password."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(label) if label.startswith("Password") else input(label)
