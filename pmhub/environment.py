"""Reads and checks variables of the environment; only the settings use it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()


def secret_key() -> str:
    """Return the key that signs sessions and links; raises ImproperlyConfigured for one that can be
    guessed."""
    key: str = env("SECRET_KEY").strip()
    known = any(word in key.lower() for word in ("insecure", "changeme", "change-me"))
    if known or len(key) < 50 or len(set(key)) < 10:
        raise ImproperlyConfigured(
            "SECRET_KEY is short or known. Give 50 random characters or more, such as those of: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return key


def guarded_address(name: str) -> str:
    """Return the address in a variable, empty if there is none; raises ImproperlyConfigured if
    others could read or change what is sent there."""
    address: str = env(name, default="").strip()
    parts = urlsplit(address)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if address and not parts.scheme == "https" and not (here and parts.scheme == "http"):
        raise ImproperlyConfigured(f"{name} begins with https://, but on this machine alone.")
    return address


def site(hosts: list[str]) -> str:
    """Return the address of the site without a slash at its end: `SITE_URL`, or https with the
    first of the hosts; raises ImproperlyConfigured for an invalid address."""
    host = next((name.strip("*.") for name in hosts if name.strip("*.")), "localhost")
    address = env("SITE_URL", default="").strip() or f"https://{host}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured("SITE_URL is given as https://HOST.")
    return address.rstrip("/")


def attachments(checkout: Path) -> dict[str, Any]:
    """Return the storage for attached files: a bucket if one is named, else a folder in
    `PMHUB_HOME`, or in `checkout` if that is not set."""
    if bucket := guarded_address("ATTACHMENTS_BUCKET"):
        options = {
            "address": bucket,
            "region": env("ATTACHMENTS_REGION", default="us-east-1"),
            "key": env("ATTACHMENTS_KEY"),
            "secret": env("ATTACHMENTS_SECRET"),
        }
        return {"BACKEND": "pmhub.attachments.buckets.Bucket", "OPTIONS": options}
    home = Path(env("PMHUB_HOME", default=str(checkout)))
    kept = {
        "location": env("ATTACHMENTS_FOLDER", default=home / "attachments"),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    }
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": kept}


def scanner() -> str:
    """Return the address of the virus scanner, empty if there is none; raises ImproperlyConfigured
    for an invalid address, so that nobody believes files are scanned when they are not."""
    address: str = env("SCANNER_URL", default="").strip()
    parts = urlsplit(address)
    if address and not (parts.scheme == "tcp" and parts.hostname):
        raise ImproperlyConfigured("SCANNER_URL is given as tcp://HOST:PORT.")
    return address


def database(variable: str) -> dict[str, Any]:
    """Return the settings of the database whose address is in a variable."""
    read: dict[str, Any] = env.db(variable)
    # Ten minutes, for a new connection has to prepare statements and look up types again.
    read |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    # The folder of a socket is given as `?host=`; Django's own commands expect it as the host.
    options = read.setdefault("OPTIONS", {})
    read["HOST"] = options.pop("host", read["HOST"])
    options.update(
        connect_timeout=3,
        keepalives_idle=30,
        # Limits keep a stuck session from holding up the others. Prepared statements are planned
        # once, even where PostgreSQL would plan for each execution because of partitions that one
        # does not need. A statement keeps to one core: starting helpers would take longer than most
        # statements.
        options="-c statement_timeout=15000 -c lock_timeout=5000"
        " -c idle_in_transaction_session_timeout=30000 -c plan_cache_mode=force_generic_plan"
        " -c max_parallel_workers_per_gather=0",
    )
    return read
