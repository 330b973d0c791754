"""Delivery reports: stored before they are answered, applied in bulk, only ever forward.

A report means a message by the gateway's id and the phone together; where no message has the id, by the phone, if
there is exactly one text of ours that it can mean and that text's call is over. What cannot be placed yet waits.
"""

from campaigns.delivery.applying import BULK, apply_waiting, reports_wait
from campaigns.delivery.desk import ReportDesk
from campaigns.delivery.storing import row_of, row_of_plain, store

__all__ = ["BULK", "ReportDesk", "apply_waiting", "reports_wait", "row_of", "row_of_plain", "store"]
