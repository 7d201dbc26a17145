"""The mail of a digest: its text, its delivery to the mail server, and its link that ends
digests."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from pmhub import formats, one_time_links
from pmhub.accounts.inbox import page_of
from pmhub.models import Cadence, Topic, User
from pmhub.page_addresses import address_of
from pmhub.queries.digests import Contents
from pmhub.queries.notices import Notice, in_one_line
from pmhub.queries.waiting.groups import groups

FEW = 10  # records of a group, comments or changes in a mail


def _address(user: User | None) -> str:
    """Return the state on which the link that ends digests depends. The link can be used any number
    of times. It ends when the user gets another address."""
    return user.email if user else ""


STOP = one_time_links.Purpose("digest", timedelta(days=366), _address)


class NotTaken(Exception):
    """The mail server has certainly not taken a mail."""


class MailServerAway(NotTaken):
    """No mail server could be reached."""


def deliver(mail: EmailMultiAlternatives) -> None:
    """Deliver a mail to the server; raises NotTaken if the server certainly has not taken it, any
    other OSError if that is unknown."""
    mail.connection = get_connection()
    try:
        mail.connection.open()
    except OSError as error:
        raise MailServerAway(type(error).__name__) from error
    try:
        mail.send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        raise NotTaken(type(error).__name__) from error
    finally:
        with suppress(OSError):  # leaving the mail server may fail
            mail.connection.close()


def written(user: User, contents_told: Contents, zone: str) -> EmailMultiAlternatives:
    """Return the mail of a digest, as text and as HTML, in the English of its reader."""
    stop = f"{settings.SITE_URL}{reverse('stop-digest', args=[one_time_links.issue(STOP, user)])}"
    with override(user.language):
        context = _context(user, contents_told, zone) | {
            "stop": stop,
            "subject": contents_told.subject,
        }
        text = render_to_string("mails/digest.txt", context)
        html = render_to_string("mails/digest.html", context)
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMultiAlternatives(contents_told.subject, text, to=[user.email], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def _context(user: User, contents_told: Contents, zone: str) -> dict[str, Any]:
    return {
        "user": user,
        "base": settings.SITE_URL,
        "count": contents_told.count,
        "groups": [
            {**group, "rows": [_mail_row(row) for row in group["rows"]]}
            for group in groups(contents_told.news, FEW)
        ],
        "parts": list(_parts(contents_told, zone)),
    }


def _parts(contents_told: Contents, zone: str) -> Iterator[dict[str, Any]]:
    """Yield the parts of a mail beside what waits, except empty ones: the first notices of each,
    with the address and a second line, and the link to all of them."""
    mentions = ("All comments that mention you", f"{address_of('comments')}?mine")
    follows = ("All that you follow", address_of("follows"))
    for title, notices, line, (words, whole) in (
        ("Given to you", contents_told.given, _with_giver, ("", "")),
        ("Comments that mention you", contents_told.mentions, _with_author, mentions),
        ("Changed of what you follow", contents_told.changes, partial(_with_moment, zone), follows),
        ("Comments on what you follow", contents_told.comments, _with_author, ("", "")),
    ):
        rows = [(notice, page_of(notice), line(notice)) for notice in notices[:FEW]]
        if rows:
            yield {"title": title, "rows": rows, "words": words, "whole": whole}


def _with_giver(notice: Notice) -> str:
    return f"{notice.text}, by {notice.by}" if notice.by else notice.text


def _with_author(notice: Notice) -> str:
    return f"{notice.by}: {notice.text}" if notice.by else notice.text


def _with_moment(zone: str, notice: Notice) -> str:
    moment = formats.when(notice.at.astimezone(ZoneInfo(zone)))
    return f"{moment}, by {notice.by}" if notice.by else moment


def _mail_row(row: dict[str, Any]) -> dict[str, Any]:
    named = in_one_line(f"{row['code']} {row['called']}")
    return {**row, "named": named, "facts": list(_facts(row))}


def _facts(row: dict[str, Any]) -> Iterator[str]:
    """Yield the facts below a line of what waits: its rule, its place, the day on which it is due,
    and who asks."""
    yield row["rule"]
    if "place" in row:
        yield f"{row['place']} {row['place_name']}"
    if row["due"]:
        yield f"due {formats.day(row['due'])}"
    if row["by"]:
        yield f"asked by {row['by'].name}"


# Who does not want mails


def reader_of(secret: str) -> User:
    """Return the user whose link this is; raises LinkSpent if it is nobody's."""
    user = one_time_links.opened(STOP, secret)
    if user is None:
        raise one_time_links.LinkSpent
    return user


def stop(secret: str) -> User:
    """End all digests of the user whose link this is, and return the user; raises LinkSpent."""
    user = reader_of(secret)
    User.objects.filter(pk=user.pk).update(**dict.fromkeys(Topic.values, Cadence.OFF))
    return user
