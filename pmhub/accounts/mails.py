"""Mails: a row holds what to say to whom; a worker writes and sends the mail, and tries again if
that fails."""

import logging
import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from pmhub.accounts import passwords
from pmhub.models import Mail, Person, User

log = logging.getLogger(__name__)

AT_ONCE = 50  # mails in one transaction
MOST_TRIES = 12
FIRST_PAUSE = timedelta(seconds=30)  # doubled with each try; given up after a day and a half

RESET, INVITATION, CHANGED, TOKENS_END = "reset", "invitation", "changed", "tokens_end"
# Sentences for changes of an account.
CHANGES = {
    "password_changed": "Its password was changed.",
    "address_changed": "Its mail address was changed to another one.",
    "totp_activated": "An authenticator app was set up.",
    "totp_deactivated": "The authenticator app was removed.",
    "recovery_codes_generated": "New recovery codes were made; the old ones work no more.",
    "webauthn_added": "A passkey was added.",
    "webauthn_removed": "A passkey was removed.",
    "factor_taken": "The PMO took its second factor, for somebody said that it was lost.",
    "token_made": "A token was made.",
}
IN_USE = (
    "Somebody signs in by this account and no mail reaches them: a superuser gives them a link."
)


def can_be_sent() -> bool:
    """Return whether the installation has a mail server."""
    return bool(settings.EMAIL_URL)


def ask_for_reset(request: HttpRequest, address: str) -> None:
    """Queue a link for whoever has this address. The worker looks up who that is, so that this
    takes the same time for an unknown address."""
    Mail.objects.create(kind=RESET, to=address, about={"at": _base(request)})


def reaches(user: User) -> bool:
    """Return whether a mail can be sent to a user."""
    return can_be_sent() and bool(user.email)


def may_invite(user: User, *, by: User) -> bool:
    """Return whether `by` may have a link made by which the user chooses a password. Where no mail
    takes it to them, `by` is shown it and could sign in as them: of an account that is in use, a
    superuser alone is."""
    return reaches(user) or by.is_superuser or not passwords.is_in_use(user)


def invite(request: HttpRequest, user: User) -> str:
    """Return the path of a link by which the user chooses a password; it is also sent by mail if
    that is possible."""
    if reaches(user):
        Mail.objects.create(kind=INVITATION, to=user.email, user=user, about={"at": _base(request)})
    return passwords.path(passwords.INVITATION, user)


def tell(user: User, change: str) -> None:
    """Tell the owner of an account by mail what was changed in it."""
    if reaches(user):
        Mail.objects.create(kind=CHANGED, to=user.email, user=user, about={"change": change})


def mail_token_expiry(user: User, name: str, ends_at: datetime) -> None:
    """Tell a user by mail that one of their tokens will expire."""
    if reaches(user):
        about = {"name": name, "ends_on": f"{ends_at:%-d %B %Y}"}
        Mail.objects.create(kind=TOKENS_END, to=user.email, user=user, about=about)


def mail_act(person: Person | None, kind: str, *, by: User | None, **about: str) -> None:
    """Tell a person by mail about an act of another user that concerns them; `kind` is the name of
    the template. Nobody is told of their own act."""
    user = person.user if person else None
    if user and user.is_active and user.email and user != by and can_be_sent():
        Mail.objects.create(kind=kind, to=user.email, user=user, about=about)


def send_due() -> int:
    """Send the mails that are due; return how many were sent. Rows that another worker holds are
    skipped."""
    with transaction.atomic():
        due = Mail.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
        mails = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
        return sum(_send(mail) for mail in mails)


def _send(mail: Mail) -> bool:
    try:
        for context in _readers(mail):
            subject, _, text = render_to_string(f"mails/{mail.kind}.txt", context).partition("\n")
            send_mail(subject.strip(), text.lstrip("\n"), None, [context["to"]])
    except (smtplib.SMTPException, OSError) as error:
        _put_off(mail, error)
        return False
    mail.delete()
    return True


def _put_off(mail: Mail, error: Exception) -> None:
    mail.tries += 1
    if mail.tries >= MOST_TRIES:
        log.error("Mail %s (%s) given up: %s", mail.pk, mail.kind, type(error).__name__)
        mail.delete()
        return
    log.warning("Mail %s (%s) put off: %s", mail.pk, mail.kind, type(error).__name__)
    mail.due_at = timezone.now() + FIRST_PAUSE * 2 ** (mail.tries - 1)
    mail.save(update_fields=["tries", "due_at"])


def _readers(mail: Mail) -> Iterator[dict[str, Any]]:
    """Yield the context for each mail that a row stands for."""
    if mail.kind == RESET:
        for user in passwords.owners(mail.to):
            link = mail.about["at"] + passwords.path(passwords.RESET, user)
            lasts = passwords.RESET.lasts_words
            yield {"to": user.email, "user": user, "link": link, "lasts": lasts}
        return
    context = {"to": mail.to, "user": mail.user, **mail.about}
    if mail.kind == INVITATION and mail.user:
        context["link"] = mail.about["at"] + passwords.path(passwords.INVITATION, mail.user)
        context["lasts"] = passwords.INVITATION.lasts_words
    if mail.kind == CHANGED:
        context["change"] = CHANGES.get(mail.about["change"], "It was changed.")
    yield context


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
