"""Which texts a delivery report can mean that no id places: the rule that applying reports and sending again share."""

from __future__ import annotations

# Of a report `r`, and a text `m` to its number in the batch `b` of the sender `s`. `timeout`: QSMS_REPORT_TIMEOUT.
CAN_MEAN = """(r.sender = '' OR s.name IS NULL OR s.name = r.sender)
    AND (m.posted_at BETWEEN r.received_at - %(timeout)s AND r.received_at
        OR b.posted_at BETWEEN r.received_at - %(timeout)s AND r.received_at)"""
