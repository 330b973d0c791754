"""Addresses that the gateway posts to. No middleware stands before them; see `qsms_portal.lean`."""

from django.urls import re_path

from campaigns.webhooks import replies, reports

urlpatterns = [
    re_path(r"^dlr/receive/(?P<token>[^/]+)/?$", reports.dlr_receive, name="dlr-receive"),
    re_path(r"^dlr/receive/?$", reports.dlr_receive, name="dlr-receive-plain"),
    re_path(r"^inbound/(?P<token>[^/]+)/?$", replies.inbound, name="inbound"),
]
