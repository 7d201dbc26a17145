"""The link between accounts and people: an account for a person, or a person for an account."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.database.collation import same
from pmhub.models import Person, User
from pmhub.services import add, check_in_use, free_code, lock, refuse, refuse_state, save
from pmhub.text import next_code

FEW = 50  # people from whose codes the pattern of codes is taken


def accounts_of_nobody() -> QuerySet[User]:
    """Return the open accounts of people to which no person of the directory belongs; such an
    account has no rights."""
    return User.objects.filter(person=None, is_active=True, is_service=False).order_by("username")


def people_without_account() -> QuerySet[Person]:
    """Return the people who hold a role but have no account, so that nobody can use the role."""
    today = timezone.localdate()
    current = Q(roles__ends_on__isnull=True) | Q(roles__ends_on__gte=today)
    rows = Person.objects.filter(user=None, archived_at=None)
    return rows.filter(current, roles__isnull=False).distinct()


@transaction.atomic
def give_account(person: Person, *, username: str = "", by: User) -> User:
    """Make an account for a person, who can sign in once they have chosen a password."""
    _check_free(person)
    name = username.strip() or person.email or person.code.casefold()
    if User.objects.filter(same("username", name)).exists():
        refuse("username", "Somebody signs in by this name: give another, or tie that account.")
    user = User(username=name, email=person.email)
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    person.user = user
    save(person, "user", by=by)
    return user


@transaction.atomic
def link_account(person: Person, account: User, *, by: User) -> Person:
    """Link an account that belongs to nobody to a person."""
    _check_free(person)
    _check_tied(account, by)
    person.user = account
    return save(person, "user", by=by)


@transaction.atomic
def enter(account: User, *, by: User) -> Person:
    """Make a person for an account that belongs to nobody, with its name and address."""
    _check_tied(account, by)
    codes = Person.objects.order_by("-pk").values_list("code", flat=True)[:FEW]
    wish = next_code(codes) or Person.first_code
    code = free_code(wish, lambda code: Person.objects.filter(same("code", code)).exists())
    name = account.get_full_name().strip() or account.username
    return add(Person(code=code, name=name, email=account.email, user=account), by=by)


def _check_free(person: Person) -> None:
    """Raise a refusal if the person has an account already, or is archived."""
    lock(person)
    check_in_use("person", person)
    if person.user_id is not None:
        refuse_state("person", f"{person} signs in already.")


def _check_tied(account: User, by: User) -> None:
    """Raise a refusal if the account belongs to somebody, is a service account, is closed, or is a
    superuser's while the user is none."""
    if account.is_service or not account.is_active:
        refuse("account", "Choose the account of a person that may sign in.")
    if account.is_superuser and not by.is_superuser:
        refuse("account", "Only a superuser ties the account of a superuser.")
    if Person.objects.filter(user=account).exists():
        refuse_state("account", "This account is somebody's already.")
