"""What a session is called where it is shown or noted."""

import hashlib


def session_name(key: str) -> str:
    """Return a digest of a session's key, which is the way in. Triggers make the same."""
    return hashlib.sha256(f"pmhub.session {key}".encode()).hexdigest()[:24]
