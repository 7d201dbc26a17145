"""Exchange rates, over REST."""

from pmhub.api.records import RecordViewSet
from programmes.filters.currency_rates import CurrencyRateFilter
from programmes.serializers.currency_rates import CurrencyRateSerializer


class CurrencyRateViewSet(RecordViewSet):
    """Exchange rates."""

    serializer_class = CurrencyRateSerializer
    filterset_class = CurrencyRateFilter
    search_fields = ("currency", "source")
    ordering_fields = ("id", "currency", "valid_from", "rate", "updated_at")
    expandable = ("portfolio",)
