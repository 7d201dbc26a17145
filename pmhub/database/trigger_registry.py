"""The registry of triggers, as quick with a thousand as with ten.

pgtrigger's own goes through all triggers for each that is registered, to see whether its name is
taken: of a start of Django with all of ours, a third.
"""

from typing import Any

from pgtrigger import registry


class Registry(registry._Registry):
    """Triggers by address; which names are taken on a table, and by functions, is kept."""

    def __init__(self) -> None:
        self._by_db_table: dict[tuple[str, str], Any] = {}
        self._pg_function_names: set[str] = set()
        super().__init__()

    @property
    def by_db_table(self) -> dict[tuple[str, str], Any]:
        """Return the triggers by table and name."""
        return self._by_db_table

    @property
    def pg_function_names(self) -> set[str]:
        """Return the names of the triggers' functions in PostgreSQL."""
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
    """Let pgtrigger keep its triggers in a registry of ours; before any is registered."""
    if not isinstance(registry._registry, Registry):
        registry._registry = Registry()
