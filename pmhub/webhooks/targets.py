"""Where messages may be sent: to public addresses by HTTPS, or to hosts that the installation
names.

A name is resolved once, and the connection is made to the address that was checked, so that whoever
answers for the name cannot give another one in between. There are no redirects and no proxies.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import certifi
import urllib3
from django.conf import settings

PATIENCE = 10  # seconds
PORTS = (443, 8443)
# IPv6 networks whose addresses contain an IPv4 address.
TRANSLATED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]

FORM = "Give an address that begins with https://, without a name, a password or a fragment."
PORT = "Give port 443 or 8443, or none."
CLOSED = "Messages go to public addresses: this host is none, or it was not found."

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(Exception):  # the message says why
    """Nothing is sent to this address; the message is for the owner of the webhook."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an address: scheme, host, port and path."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_named(self) -> bool:
        """Whether the installation names the host."""
        return self.host in settings.WEBHOOK_HOSTS


def target_of(address: str) -> Target:
    """Return the parts of an address; raises TargetRefused if it is not allowed."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode().rstrip(".").lower()
        given = parts.port
    except (ValueError, UnicodeError):
        raise TargetRefused(FORM) from None
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if not host or "@" in parts.netloc or parts.fragment or not path.isascii():
        raise TargetRefused(FORM)
    target = Target(parts.scheme, host, given or (80 if parts.scheme == "http" else 443), path)
    if parts.scheme not in (("https", "http") if target.is_named else ("https",)):
        raise TargetRefused(FORM)
    if target.port not in PORTS and not target.is_named:
        raise TargetRefused(PORT)
    return target


def resolve(target: Target) -> str:
    """Return an IP address of the host; raises TargetRefused unless all its addresses are
    public."""
    try:
        answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetRefused(CLOSED) from None
    addresses = [str(answer[4][0]).partition("%")[0] for answer in answers]
    if not target.is_named and not all(is_public(ipaddress.ip_address(ip)) for ip in addresses):
        raise TargetRefused(CLOSED)
    return addresses[0]


def is_public(ip: Address) -> bool:
    """Return whether an IP address is public, both itself and any address that it embeds."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(ip.ipv4_mapped)
        if ip.teredo or any(ip in network for network in TRANSLATED):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def check(address: str) -> None:
    """Raise TargetRefused for an address to which nothing would be sent now."""
    resolve(target_of(address))


def post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Post to an address and return the status of the answer; nothing else of it is read. Raises
    TargetRefused, and HTTPError if there is no answer."""
    target = target_of(address)
    ip = resolve(target)
    named = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.scheme == "https" else 80)
    sent = {**headers, "Host": named if usual else f"{named}:{target.port}"}
    patience = urllib3.Timeout(total=PATIENCE)
    with _pool(target, ip, patience) as pool:
        answer = pool.urlopen(
            "POST", target.path, body, sent,
            retries=False, redirect=False, assert_same_host=False, preload_content=False,
        )  # fmt: skip
        answer.close()
    return answer.status


def _pool(target: Target, ip: str, patience: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(ip, target.port, timeout=patience)
    return urllib3.HTTPSConnectionPool(
        ip,
        target.port,
        timeout=patience,
        server_hostname=target.host,
        assert_hostname=target.host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )


def is_success(status: int) -> bool:
    """Return whether a status means that the message was accepted."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
