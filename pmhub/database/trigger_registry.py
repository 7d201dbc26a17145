"""A registry of triggers whose registration takes no longer the more triggers there are.

pgtrigger's own registry goes through all triggers whenever one is registered, to see whether its
name is taken, which takes a third of the time in which Django starts with all of ours.
"""

from typing import Any

from pgtrigger import registry


class Registry(registry._Registry):
    """Triggers by URI; it keeps the names taken on each table, and those of the functions."""

    def __init__(self) -> None:
        self._by_db_table: dict[tuple[str, str], Any] = {}
        self._pg_function_names: set[str] = set()
        super().__init__()

    @property
    def by_db_table(self) -> dict[tuple[str, str], Any]:
        """The triggers by table and name."""
        return self._by_db_table

    @property
    def pg_function_names(self) -> set[str]:
        """The names of the triggers' functions in PostgreSQL."""
        return self._pg_function_names

    def __setitem__(self, uri: str, registered: tuple[Any, Any]) -> None:
        super().__setitem__(uri, registered)
        model, trigger = registered
        self._by_db_table[model._meta.db_table, trigger.name] = trigger
        self._pg_function_names.add(trigger.get_pgid(model))

    def __delitem__(self, uri: str) -> None:
        model, trigger = self[uri]
        super().__delitem__(uri)
        del self._by_db_table[model._meta.db_table, trigger.name]
        self._pg_function_names.remove(trigger.get_pgid(model))


def install() -> None:
    """Make pgtrigger use this registry; to be called before any trigger is registered."""
    if not isinstance(registry._registry, Registry):
        registry._registry = Registry()
