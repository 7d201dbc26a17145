"""The file formats for tables, by their name in addresses and in words.

`pmhub/api/table_files.py` has the renderer of each.
"""

FORMATS = {"csv": "CSV", "xlsx": "XLSX"}


def files_of(address: str) -> list[tuple[str, str]]:
    """Return the files of a table that REST answers at an address, as (words, address)."""
    joint = "" if address.endswith("?") else "&" if "?" in address else "?"
    return [(words, f"{address}{joint}format={name}") for name, words in FORMATS.items()]
