"""Claim a batch, post it, write down what came of it; and what stops it: halts, rests, doubt."""

from campaigns.sending.post import attempt, gateway_from_settings, send_while_there_is_work

__all__ = ["attempt", "gateway_from_settings", "send_while_there_is_work"]
