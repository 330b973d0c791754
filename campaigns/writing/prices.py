"""What a part costs: the sender's own price, else the rate that the gateway last told.

Where no sender has been chosen it is the default one's, whom the campaign will have unless another is.
"""

from __future__ import annotations

from decimal import Decimal

from campaigns.models import Gate, Sender


def price_of_part(sender: Sender | None) -> Decimal:
    """KES a part; 0 where neither the sender nor the gateway has said one yet."""
    sender = sender or Sender.objects.filter(archived_at=None, is_default=True).first()
    if sender is not None and sender.price is not None:
        return sender.price
    return Gate.objects.values_list("rate", flat=True).get(pk=1) or Decimal(0)
