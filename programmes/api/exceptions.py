"""Exception reports over REST."""

from __future__ import annotations

from pmhub.api.made_by_verbs import MadeByVerbs
from pmhub.api.representations import Row, add_units
from programmes.filters import ExceptionFilter
from programmes.models import ExceptionReport
from programmes.queries.exceptions import broken_now
from programmes.serializers.exceptions import ExceptionSerializer


class ExceptionViewSet(MadeByVerbs):
    """Exception reports: opened by the product where a tolerance is broken, and decided."""

    serializer_class = ExceptionSerializer
    filterset_class = ExceptionFilter
    http_method_names = ["get", "head", "post", "put", "patch"]
    search_fields = ("cause", "options", "reason")
    ordering_fields = ("id", "kind", "opened_on", "decided_on", "updated_at")
    expandable = ("project", "case", "tolerance", "decision_record")
    changing_figures = True  # whether it is within its tolerance again follows the figures

    def finish(self, rows: list[Row]) -> None:
        """Add the unit of amounts, how far each strays now, and whether it is within its tolerance
        again: four queries."""
        add_units(ExceptionReport, rows)
        strayed = {breach.key: breach.strayed for breach in broken_now()} if rows else {}
        for row in rows:
            far = strayed.get((row["tolerance"], row["project"], row["case"]))
            row["strayed_now"], row["back_inside"] = far, far is None
