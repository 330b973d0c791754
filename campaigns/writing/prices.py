"""What a part costs: the sender's own price, else the rate that the gateway last told."""

from __future__ import annotations

from decimal import Decimal

from campaigns.models import Gate, Sender


def price_of_part(sender: Sender | None) -> Decimal:
    """KES a part; 0 where neither the sender nor the gateway has said one yet."""
    if sender is not None and sender.price is not None:
        return sender.price
    return Gate.objects.values_list("rate", flat=True).get(pk=1) or Decimal(0)
