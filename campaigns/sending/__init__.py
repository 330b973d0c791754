"""Claim a batch, post it, write down what came of it; and what stops it: halts, rests, doubt."""

from campaigns.sending.gateway import NO_GATEWAY, gateway_from_settings
from campaigns.sending.post import attempt, send_while_there_is_work

__all__ = ["NO_GATEWAY", "attempt", "gateway_from_settings", "send_while_there_is_work"]
