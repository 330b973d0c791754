"""All addresses of the portal."""

from django.contrib import admin
from django.urls import include, path

from accounts import views as accounts
from accounts.own_mails import own_mails
from accounts.people import accepting, inviting, security, staff_list
from campaigns.views import callbacks, own_phone, samples
from campaigns.views import settings as portal_settings
from qsms_portal import health
from qsms_portal.api import api
from qsms_portal.auditing import views as auditing
from qsms_portal.help.views import help_page, help_pages
from qsms_portal.home import home
from qsms_portal.metrics import metrics
from qsms_portal.scripting.views import scripts_page

urlpatterns = [
    path("", home, name="home"),
    path("", include("accounts.sign_in.urls")),
    path("", include("accounts.own_sign_in.urls")),
    path("help", help_pages, name="help"),
    path("help/<slug:topic>", help_page, name="help-page"),
    path("profile", accounts.profile, name="profile"),
    path("profile/mails", own_mails, name="own-mails"),
    path("profile/phone", own_phone.own_phone, name="own-phone"),
    path("profile/phone/remove", accounts.phone_remove, name="own-phone-remove"),
    path("settings/", portal_settings.settings_page, name="settings"),
    path("settings/gateway/test", portal_settings.gateway_test, name="gateway-test"),
    path("settings/samples", samples.samples_remove, name="samples-remove"),
    path("settings/rules", portal_settings.rules_edit, name="rules-edit"),
    path("settings/senders/new", portal_settings.sender_edit, name="sender-create"),
    path("settings/senders/<int:pk>", portal_settings.sender_edit, name="sender-edit"),
    path("settings/keys", accounts.api_keys, name="api-keys"),
    path("settings/keys/<int:pk>", accounts.key_edit, name="key-edit"),
    path("settings/keys/<int:pk>/revoke", accounts.api_key_revoke, name="api-key-revoke"),
    path("settings/keys/<int:pk>/callbacks", callbacks.key_callbacks, name="key-callbacks"),
    path("settings/keys/<int:pk>/callbacks/secret", callbacks.key_callback_secret, name="key-callback-secret"),
    path("settings/keys/<int:pk>/callbacks/retire", callbacks.key_callback_retire, name="key-callback-retire"),
    path("settings/keys/<int:pk>/callbacks/test", callbacks.key_callback_test, name="key-callback-test"),
    path("settings/keys/<int:pk>/callbacks/again", callbacks.key_callback_again, name="key-callback-again"),
    path("audit/", auditing.audit, name="audit"),
    path("audit/export", auditing.audit_export, name="audit-export"),
    path("audit/export/xlsx", auditing.audit_workbook, name="audit-workbook"),
    path("people", staff_list.staff_list, name="staff-list"),
    path("people/staff/<int:pk>/end-sessions", security.staff_sessions_end, name="staff-sessions-end"),
    path("people/factors/<int:pk>/take-away", security.staff_factor_remove, name="staff-factor-remove"),
    path("people/invitations/new", inviting.staff_invite, name="staff-invite"),
    path("people/invitations/<int:pk>/again", inviting.staff_invite_again, name="staff-invite-again"),
    path("people/invitations/<int:pk>/take-back", inviting.staff_uninvite, name="staff-uninvite"),
    path("invitation/<str:token>", accepting.invitation_accept, name="invitation-accept"),
    path("contacts/", include("contacts.urls")),
    path("", include("campaigns.urls")),
    path("admin/", admin.site.urls),
    path("v1/docs", scripts_page, name="scripts"),
    path("v1/", api.urls),
    path("api/", include("campaigns.vendor.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("readyz", health.readyz, name="readyz"),
]
