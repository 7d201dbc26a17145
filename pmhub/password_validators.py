"""Validators for passwords that are easy to guess here, and for breached ones, which ask a service
that learns only five digits of a hash."""

import hashlib
import logging
import re

import requests
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)

PATIENCE = 3  # seconds
LEAST = 8  # characters besides words that are easily guessed here
# Words of the product's subject. GUESSABLE_WORDS adds those of the organisation.
WORDS = [
    *("pmhub", "pmo", "programme", "program", "project", "portfolio", "benefit", "milestone"),
    *("manager", "sponsor", "viewer", "admin", "password", "passwort", "secret", "welcome"),
]


class GuessablePasswordValidator:
    """Refuses a password that consists mostly of words that everybody here knows."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a password that is easy to guess."""
        if len(without_words(password)) < LEAST:
            text = _("Too much of this password is words that are easy to guess here.")
            raise ValidationError(text, code="password_guessable")

    def get_help_text(self) -> str:
        """Return the requirement, for the form."""
        return _("Not mainly names and words of this organisation.")


def without_words(password: str) -> str:
    """Return a password without words that are easy to guess; longer ones are removed first."""
    words = sorted({*WORDS, *settings.GUESSABLE_WORDS} - {""}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, words)), "", password, flags=re.IGNORECASE)


class BreachedPasswordValidator:
    """Refuses a password that is in a list of breached ones. It sends the first digits of its
    SHA-1, as the service *Pwned Passwords* and its copies expect. If the service cannot be reached,
    nothing is refused, and the log says so."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a password that is in lists of stolen ones."""
        if settings.BREACHED_PASSWORDS_URL and is_breached(password):
            text = _("This password is in lists of stolen passwords. Choose another.")
            raise ValidationError(text, code="password_breached")

    def get_help_text(self) -> str:
        """Return the requirement, for the form."""
        return _("Not in lists of stolen passwords.") if settings.BREACHED_PASSWORDS_URL else ""


def is_breached(password: str) -> bool:
    """Return whether the service knows the password."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    address = f"{settings.BREACHED_PASSWORDS_URL.rstrip('/')}/{digest[:5]}"
    try:
        answer = requests.get(
            address, headers={"Add-Padding": "true"}, timeout=PATIENCE, allow_redirects=False
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        log.warning("Breached passwords could not be asked for: %s", type(error).__name__)
        return False
    lines = (line.strip().partition(":") for line in answer.text.splitlines())
    # Lines with a count of 0 are padding.
    return any(rest == digest[5:] and count != "0" for rest, _, count in lines)
