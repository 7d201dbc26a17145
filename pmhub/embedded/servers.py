"""Both servers of a data folder, and the environment that leads to them."""

from pmhub.embedded import postgres, redis
from pmhub.embedded.family import Family
from pmhub.embedded.folder import Folder


def environment(folder: Folder) -> dict[str, str]:
    """Return what leads Django to the folder's servers."""
    return {
        "DATABASE_URL": postgres.url(folder),
        "REDIS_URL": redis.url(folder),
        "SECRET_KEY_FILE": str(folder.secret_key_file()),
    }


def start(family: Family, folder: Folder, *, careless: bool = False) -> dict[str, str]:
    """Start both and return what leads to them; the caller holds the folder's lock."""
    postgres.start(family, folder, careless=careless)
    redis.start(family, folder, careless=careless)
    return environment(folder)
