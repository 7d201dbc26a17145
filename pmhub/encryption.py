"""Encryption, with the installation's key, of secrets in the database that have to be read
again."""

import base64
import hashlib
import secrets
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

ONCE = 12  # bytes of a nonce


def encrypt(text: str, purpose: str) -> str:
    """Return a text encrypted by AES-256-GCM, with a key for this purpose."""
    once = secrets.token_bytes(ONCE)
    sealed = AESGCM(_key(settings.SECRET_KEY, purpose)).encrypt(once, text.encode(), None)
    return base64.b64encode(once + sealed).decode()


def decrypt(encrypted: str, purpose: str) -> str:
    """Return the decrypted text, by the present key or an earlier one; raises InvalidTag if none of
    them encrypted it."""
    stored = base64.b64decode(encrypted)
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        with suppress(InvalidTag):
            return AESGCM(_key(key, purpose)).decrypt(stored[:ONCE], stored[ONCE:], None).decode()
    raise InvalidTag


def _key(key: str, purpose: str) -> bytes:
    return hashlib.sha256(f"pmhub.{purpose} {key}".encode()).digest()
