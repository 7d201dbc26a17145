"""`manage.py audit`: check the audit register, or seal what waits."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pmhub.audit import seals


class Command(BaseCommand):
    """Check the seals of the audit register, or seal what waits without a worker."""

    help = "The audit register: check that nobody changed it, or seal what waits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add a sub-command for checking and one for sealing."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="compare every row with its seal")
        check.add_argument(
            "--from", type=int, default=0, dest="after", metavar="PLACE",
            help="begin behind this place",
        )  # fmt: skip
        check.add_argument("--seal", default="", help="what was printed as the seal of that place")
        check.add_argument(
            "--patience", type=int, default=60, metavar="SECONDS",
            help="how long a row may wait for its seal (%(default)s)",
        )  # fmt: skip
        verbs.add_parser("seal", help="seal what waits, as a worker does")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Run the sub-command."""
        getattr(self, verb)(**options)

    def verify(self, *, after: int, seal: str, patience: int, **options: Any) -> None:
        """Print how many rows are as they were sealed, and the last seal. If one was changed, print
        the first such row and exit with 1."""
        if bool(after) != bool(seal):
            raise CommandError("Give --from and --seal together, as they were printed.")
        try:
            verdict = seals.verify(after, seal, timedelta(seconds=patience))
        except seals.SealBroken as broken:
            self.stdout.write(str(broken))
            raise SystemExit(1) from None
        self.stdout.write(f"{verdict.rows} rows are as they were sealed; {verdict.waiting} wait.")
        if verdict.place:
            self.stdout.write("To notice when the last rows are gone, keep this elsewhere:")
            self.stdout.write(f"--from {verdict.place} --seal {verdict.seal}")

    def seal(self, **options: Any) -> None:
        """Seal the rows that wait for a seal."""
        self.stdout.write(f"{seals.seal_all()} rows sealed")
