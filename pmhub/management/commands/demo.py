"""`manage.py demo load`: the University of Wexmoor portfolio, to look around in; `demo live`: its
people at work."""

import argparse
from collections import deque
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pmhub import demo
from pmhub.demo import life
from pmhub.models import User
from programmes.models import Portfolio
from programmes.models.portfolio import StatusDatePolicy
from programmes.rollup import worker
from programmes.rollup.ranges import simulations as ranges
from programmes.services import raise_exceptions

MOST_DAYS = 366


class Command(BaseCommand):
    """Loads the demo, and lets its people live, where the settings allow it, which production does
    not."""

    help = "The demo portfolio and its users."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions `load` and `live` with their options."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="load|live")
        load = actions.add_parser("load", help="load the University of Wexmoor portfolio")
        empty = "do nothing where there is a portfolio"
        load.add_argument("--if-empty", action="store_true", help=empty)
        load.add_argument("--reset", action="store_true", help="replace what is there")
        told = "let its people do their jobs, or not, for some days"
        live = actions.add_parser("live", help=told)
        live.add_argument("--days", type=days, required=True, help=f"1 to {MOST_DAYS}")
        seed = "the same seed lives the same days again; by default 1"
        live.add_argument("--seed", type=int, default=1, help=seed)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of the actions."""
        if not settings.PMHUB_DEMO:
            raise CommandError("The demo loads only where PMHUB_DEMO is on, never in production.")
        if options["action"] == "live":
            self.live(options["days"], options["seed"])
        else:
            self.load(options)

    def load(self, options: dict[str, Any]) -> None:
        """Load the demo if it is not loaded, and print who can sign in."""
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

    def live(self, days: int, seed: int) -> None:
        """Let days go by in the demo, and print what came of them."""
        if not demo.is_loaded():
            raise CommandError("Load the demo first: manage.py demo load")
        portfolio = demo.loaded()
        if portfolio.status_date_policy != StatusDatePolicy.FIXED:
            raise CommandError("The portfolio follows the calendar: give it a fixed status date.")
        office, sponsor = (User.objects.get(username=name) for name in ("pmo", "sponsor"))
        outcomes = life.live(portfolio, days, office=office, sponsor=sponsor, seed=seed)
        deque(ranges.simulate(), maxlen=0)
        self.stdout.write(f"The status date is {portfolio.status_date} now. What people did:")
        ends = (life.DONE, life.LEFT, life.REFUSED)
        self.stdout.write(" ".join([f"{'':<25}", *(f"{end:>12}" for end in ends)]))
        for kind in sorted({kind for kind, _ in outcomes}):
            counts = (f"{outcomes[kind, end]:>12}" for end in ends)
            self.stdout.write(" ".join([f"  {kind:<23}", *counts]))

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


def days(text: str) -> int:
    """Return the number of days in an argument; raises argparse's error for another text."""
    if not (text.isdecimal() and 1 <= int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"give a number from 1 to {MOST_DAYS}")
    return int(text)
