"""What a party to a dependency is told of a project at its other end that it may not open."""

from dataclasses import dataclass

# Before both sides have agreed, a reader is only told that there is a dependency.
AGREED = frozenset({"agreed", "delivered", "accepted", "rejected"})


@dataclass(frozen=True, slots=True)
class End:
    """A project at an end of a dependency as one reader sees it: whether they may open it, whom to
    call there, and its code and title; None where that is not told."""

    visible: bool
    contact: str | None
    title: str | None

    @property
    def words(self) -> str:
        """Return the words that stand for the project where the reader may not open it."""
        named = self.title or "A project you may not open"
        return f"{named}: ask {self.contact}" if self.contact else named


def disclosed(policy: str, status: str, *, visible: bool, contact: str | None, title: str) -> End:
    """Return what a reader is told of an end of a dependency, by the policy of its portfolio
    (`contact`, `title`, `none`) and the status of the dependency."""
    if visible:
        return End(True, contact, title)
    if status not in AGREED or policy == "none":
        return End(False, None, None)
    return End(False, contact, title if policy == "title" else None)
