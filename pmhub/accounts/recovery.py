"""Recovery codes: each signs its owner in once, when the app or the passkey is not at hand.

They are shown only in the response that makes them, and stored hashed, as passwords are. The first
digit of a code is its position, so that only one hash has to be compared.
"""

from __future__ import annotations

import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from pmhub.models import User

COUNT = 10
DIGITS = 8  # random digits, after those of the place
ROWS = Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES)


def has_factor(user: User) -> bool:
    """Return whether the user has an app or a passkey, which recovery codes can replace."""
    of_user = Authenticator.objects.filter(user=user)
    return of_user.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def left(user: User) -> int | None:
    """Return how many codes still work; None if none were made."""
    row = ROWS.filter(user=user).first()
    return None if row is None else sum(map(bool, row.data["hashes"]))


def make(user: User) -> list[str]:
    """Make new codes, which replace earlier ones, and return them."""
    codes = [f"{place}{secrets.randbelow(10**DIGITS):0{DIGITS}}" for place in range(COUNT)]
    hashes = [make_password(code) for code in codes]
    with transaction.atomic():
        # Two requests at once run one after the other.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        ROWS.filter(user=user).delete()
        # allauth checks its own list of codes, which stays empty.
        data: dict[str, Any] = {"migrated_codes": [], "hashes": hashes}
        Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data=data)
    return codes


@transaction.atomic
def use(user: User, code: str) -> Authenticator | None:
    """Return the row of the codes and make this code unusable; None if the code is wrong."""
    digits = code.strip()
    if len(digits) != DIGITS + 1 or not digits.isdecimal() or not digits.isascii():
        return None
    row = ROWS.filter(user=user).select_for_update().first()
    kept = row and row.data["hashes"][int(digits[0])]
    if row is None or not kept or not check_password(digits, kept):
        return None
    row.data["hashes"][int(digits[0])] = None
    row.save(update_fields=["data"])
    return row
