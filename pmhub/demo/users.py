"""The people who can sign in to the demo, each with another view of it."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from pmhub.models import Person, RoleAssignment, RoleChoice, User
from programmes.models import Portfolio, Programme

# These accounts exist only where the demo is loaded, and it never loads in production.
PASSWORD = "wexmoor-demo"  # noqa: S105


@dataclass(frozen=True)
class DemoUser:
    """A user of the demo, with the code of their person and a line about what they see."""

    name: str
    person: str
    about: str


USERS = [
    DemoUser("pmo", "PE02", "PMO: everything, and the admin pages"),
    DemoUser("sponsor", "PE01", "sponsor of the portfolio: reads everything"),
    DemoUser("portfolio.manager", "PE29", "leads the portfolio from day to day: its proposals"),
    DemoUser("sro", "PE05", "answers for Campus Renewal, as its SRO"),
    DemoUser("cam.manager", "PE06", "manages the programme Campus Renewal"),
    DemoUser("ssv.manager", "PE13", "manages the programme Shared Services and Digital"),
    DemoUser("cam02.manager", "PE18", "manages the projects CAM-02 and CAM-05"),
    DemoUser("cam02.coordinator", "PE28", "coordinates the project CAM-02, and hands nothing in"),
    DemoUser("pm.new", "PE20", "manages the project CAM-04, new to leading projects"),
    DemoUser("benefit.owner", "PE07", "owns the benefits B01, B05 and B06 of Campus Renewal"),
    DemoUser("bcm", "PE08", "leads change in residences and student life, and votes on its board"),
    DemoUser("assurer", "PE04", "reviews Campus Renewal and the rest of the portfolio"),
    DemoUser("viewer", "PE27", "reads Campus Renewal"),
    DemoUser("stranger", "", "holds no role and sees nothing"),
]


def add_users(people: dict[str, Person]) -> dict[str, User]:
    """Add the demo's users and link them to their people."""
    password = make_password(PASSWORD)  # once for all: hashing is slow by design
    users = {
        user.name: User(username=user.name, password=password, is_staff=user.name == "pmo")
        for user in USERS
    }
    User.objects.bulk_create(users.values())
    for user in USERS:
        if user.person:
            people[user.person].user = users[user.name]
    Person.objects.bulk_update([people[u.person] for u in USERS if u.person], ["user"])
    return users


def add_roles(people: dict[str, Person], portfolio: Portfolio, programme: Programme) -> None:
    """Give people the roles that loading the rest requires and that do not come with a post on a
    programme, project or benefit."""
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(person=people["PE01"], role=RoleChoice.SPONSOR, portfolio=portfolio),
            RoleAssignment(person=people["PE02"], role=RoleChoice.PMO),
            RoleAssignment(person=people["PE03"], role=RoleChoice.PMO),
            RoleAssignment(person=people["PE04"], role=RoleChoice.ASSURER, portfolio=portfolio),
            RoleAssignment(person=people["PE27"], role=RoleChoice.VIEWER, programme=programme),
        ]
    )
