"""The formats in which a table is a file: as its address names each, and as people do.

`pmhub/api/table_files.py` has the renderer of each.
"""

FORMATS = {"csv": "CSV", "xlsx": "XLSX"}


def files_of(address: str) -> list[tuple[str, str]]:
    """Return the files of a table that REST answers at an address: (words, address) of each."""
    joint = "" if address.endswith("?") else "&" if "?" in address else "?"
    return [(words, f"{address}{joint}format={name}") for name, words in FORMATS.items()]
