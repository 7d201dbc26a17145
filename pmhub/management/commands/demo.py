"""`manage.py demo load`: the University of Wexmoor portfolio, to look around in."""

from collections import deque
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pmhub import demo
from pmhub.models import User
from programmes.models import Portfolio
from programmes.rollup import worker
from programmes.rollup.ranges import simulations as ranges
from programmes.services import raise_exceptions


class Command(BaseCommand):
    """Loads the demo where the settings allow it, which production does not."""

    help = "The demo portfolio and its users."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the only action, `load`, and its options."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="load")
        load = actions.add_parser("load", help="load the University of Wexmoor portfolio")
        empty = "do nothing where there is a portfolio"
        load.add_argument("--if-empty", action="store_true", help=empty)
        load.add_argument("--reset", action="store_true", help="replace what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo if it is not loaded, and print who can sign in."""
        if not settings.PMHUB_DEMO:
            raise CommandError("The demo loads only where PMHUB_DEMO is on, never in production.")
        if options["if_empty"] and Portfolio.objects.exists():
            return
        if options["reset"]:
            demo.remove()
        if demo.is_loaded():
            self.stdout.write("The demo is there already; --reset replaces it.")
            return
        self.refuse_names_in_use()
        demo.load()
        # So that figures, exceptions and ranges are there at once.
        worker.drain()
        raise_exceptions()
        deque(ranges.simulate(), maxlen=0)
        self.print_demo_users()

    def refuse_names_in_use(self) -> None:
        """Raise CommandError if accounts that are not the demo's have names of its users."""
        names = User.objects.filter(username__in=[user.name for user in demo.USERS])
        if taken := ", ".join(sorted(names.values_list("username", flat=True))):
            raise CommandError(f"These users exist already and are not the demo's: {taken}.")

    def print_demo_users(self) -> None:
        """Print the names and the password of the demo's users, and what each of them sees."""
        self.stdout.write("The University of Wexmoor is loaded. Sign in as one of:")
        for user in demo.USERS:
            self.stdout.write(f"  {user.name:<14} {user.about}")
        self.stdout.write(f"Everybody's password is {demo.PASSWORD}.")
