"""The name of a session where it is shown or noted."""

import hashlib


def session_name(key: str) -> str:
    """Return a digest of a session's key, with which anybody could use the session. Triggers
    compute the same."""
    return hashlib.sha256(f"pmhub.session {key}".encode()).hexdigest()[:24]
