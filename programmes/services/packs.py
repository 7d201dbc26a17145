"""Board packs: frozen with the moment of each programme's figures."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.services import check_move, lock, person_of, refuse, turn
from programmes.models import BoardPack
from programmes.queries.packs import PackPart, parts_of
from programmes.services.reports import moment_between_computations


@transaction.atomic
def freeze_pack(pack: BoardPack, *, by: User | None) -> BoardPack:
    """Store for each programme the moment for which it is read: that of its last published report,
    or now. From now on the pack shows the same whenever it is opened."""
    check_move(lock(pack), "freezing")
    parts = parts_of(pack)
    if not parts:
        refuse("programmes", "Choose the programmes that the board reads about.")
    # In the order of their ids, for each of them is locked.
    moments = {
        part.programme: part.known_at or moment_between_computations(part.programme)
        for part in sorted(parts, key=lambda part: part.programme)
    }
    kept = [PackPart(part.programme, moments[part.programme], part.report).stored for part in parts]
    return turn(
        pack, noun="freezing", parts=kept, frozen_at=timezone.now(), frozen_by=person_of(by), by=by
    )
