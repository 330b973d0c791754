"""The gateway's sending addresses, with a slash at the end and without."""

from django.urls import re_path

from campaigns.vendor import views

urlpatterns = [
    re_path(r"^sms/sendsms/?$", views.sendsms, name="sendsms"),
    re_path(r"^sms/sendmultiple/?$", views.sendmultiple, name="sendmultiple"),
    re_path(r"^(?P<path>.*)$", views.no_such_address, name="no-such-address"),
]
