"""Settings, from the environment; docs/settings.md lists the names. Importing this module starts nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from qsms_portal import kept
from qsms_portal.embedded import Addresses, addresses
from qsms_portal.variables import LEVELS, Variables, host_of, origin_of

# What can be read and not be meant, qsms_portal.checks refuses.
env = Variables()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("PORTAL_DATA_DIR", str(BASE_DIR / ".local"))).resolve()

# Where no URL is set, the real server runs embedded under the data folder; see qsms_portal.embedded.
EMBEDDED_DATABASE = not env.text("DATABASE_URL")
EMBEDDED_REDIS = not env.text("REDIS_URL")

DEBUG = env.truth("DEBUG", False)
PRACTICE = env.truth("PRACTICE_MODE", False)
SIMULATOR_SECRET = env.text("SIMULATOR_SECRET")
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")

with env.usable("PORTAL_DATA_DIR", DATA_DIR):
    # With a database of one's own there may be several machines, which must agree on their secrets: no file can do it.
    SECRET_KEY = env.text("SECRET_KEY") or (kept.secret(DATA_DIR, "secret-key") if EMBEDDED_DATABASE else "")
    QSMS_DLR_TOKENS = env.listed("QSMS_DLR_TOKEN") or (
        [kept.secret(DATA_DIR, "dlr-token")] if EMBEDDED_DATABASE else []
    )
    ADDRESSES = addresses(DATA_DIR) if EMBEDDED_DATABASE or EMBEDDED_REDIS else Addresses("", "", "")
# On a computer of one's own the portal is opened there; elsewhere by its public address too.
ALLOWED_HOSTS = env.listed(
    "ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]"] + ([host_of(PUBLIC_URL)] if not EMBEDDED_DATABASE else []),
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if SECURE else []

INSTALLED_APPS = [
    "qsms_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "axes",
    "csp",
    "qsms_portal.apps.PortalConfig",
    "accounts",
    "contacts",
    "campaigns",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qsms_portal.compressed.Compressed",
    "qsms_portal.api.JsonErrors",
    "qsms_portal.wellformed.WellFormed",
    "qsms_portal.methods.KnownMethods",
    "qsms_portal.full_disk.FullDisk",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "qsms_portal.kept_nowhere.KeptNowhere",
    "accounts.middleware.FromWhere",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SignInRequired",
    "accounts.middleware.RoleRequired",
    "qsms_portal.second_factor.SecondFactorRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "qsms_portal.urls"
LEAN_URLCONF = "campaigns.webhooks.urls"
ANSWERED_LATER = "campaigns.webhooks.plain.take"
WSGI_APPLICATION = "qsms_portal.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qsms_portal.context.portal",
            ],
        },
    },
]

# From our own folder first: there the choices of a list, of which pages have most, are written without a template each.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database("DATABASE_URL", ADDRESSES.database_url)}
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
# A database that is away shows in seconds: what is posted to us is then answered "try again".
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {"connect_timeout": 5, "tcp_user_timeout": 15_000} | DATABASES["default"].get("OPTIONS", {})
)
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "qsms_portal.embedded.postgresql"
# Of the embedded database: files a day, beside it. 0: none.
BACKUPS_KEPT = env.whole("BACKUPS_KEPT", 7)
# Read where the programs are looked for, which is before there are settings.
env.text("POSTGRESQL_PROGRAMS")
# Django's own cursors prepare nothing; what `lib/prepared.py` runs is prepared where this is a number.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0
DATABASE_POOLER = env.text("DATABASE_POOLER")
if DATABASE_POOLER == "transaction":
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None

AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_HANDLER = "accounts.attempts.Attempts"
AXES_CLIENT_IP_CALLABLE = "accounts.attempts.address"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
TRUSTED_PROXIES = env.listed("TRUSTED_PROXIES")
ACCOUNT_ADAPTER = "accounts.sign_in.adapters.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_ENABLED = False
# django-axes alone counts failures: this one would shut a name out, whoever tried it from wherever.
# One mail a minute goes to an address; further ones are asked for in vain, with the same answer.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "reset_password": "20/m/ip", "reset_mail": "1/m/key"}
PASSWORD_RESET_TIMEOUT = 3600
MFA_ADAPTER = "accounts.sign_in.adapters.SecondFactors"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "QSMS Portal"
MFA_TOTP_TOLERANCE = 1
# An office signs in from one address. There is nothing to guess.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# Signing in at an OpenID provider of the organisation's; without an issuer nothing of it is there.
OIDC_ISSUER = env.text("OIDC_ISSUER").rstrip("/")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME") or "Single sign-on"
OIDC_ROLES_CLAIM = env.text("OIDC_ROLES_CLAIM") or "groups"
OIDC_ROLES = env.pairs("OIDC_ROLES")
# Which code of a phone was used, and how often something was asked for: web processes have to know it of each other,
# and Redis may be away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE and TRUSTED_PROXIES else None
# Of an https portal pages and the API are led there. What the gateway posts is taken as it comes (a redirect would lose
# reports), and so is what watches the portal from within.
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^(dlr|inbound)/", r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        # Signing out leads on to there.
        "form-action": [SELF, *([origin_of(OIDC_ISSUER)] if OIDC_ISSUER else [])],
    }
}

# Mail, for what waits for somebody; without an address of a server none is sent.
EMAIL_URL = env.text("EMAIL_URL")
EMAIL_FROM = env.text("EMAIL_FROM", "QSMS Portal <portal@localhost>")
MAIL = env.mail("EMAIL_URL")
EMAIL_BACKEND = MAIL.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = MAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = MAIL.get("EMAIL_PORT")
EMAIL_HOST_USER = MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = MAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = MAIL.get("EMAIL_FILE_PATH")
EMAIL_TIMEOUT = 10

LANGUAGE_CODE = "en"
TIME_ZONE = env.zone("TIME_ZONE", "Africa/Nairobi")
PHONE_REGION = env.text("PHONE_REGION", "KE")
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "qsms_portal.full_disk.UploadToDisk",
]

# The gateway.
QSMS_BASE_URL = env.text("QSMS_BASE_URL").rstrip("/")
QSMS_ACCOUNT_URL = env.text("QSMS_ACCOUNT_URL").rstrip("/") or QSMS_BASE_URL
QSMS_API_KEY = env.text("QSMS_API_KEY")
QSMS_SERVICE_ID = env.text("QSMS_SERVICE_ID", "0")
QSMS_SENDER_ID = env.text("QSMS_SENDER_ID")
QSMS_BATCH_SIZE = env.whole("QSMS_BATCH_SIZE", 100)
QSMS_MAX_PER_SECOND = env.whole("QSMS_MAX_PER_SECOND", 0)
QSMS_CONNECT_TIMEOUT = env.number("QSMS_CONNECT_TIMEOUT", 10)
QSMS_READ_TIMEOUT = env.number("QSMS_READ_TIMEOUT", 60)
QSMS_POSTS_AT_ONCE = env.whole("QSMS_POSTS_AT_ONCE", 8)
QSMS_DLR_ALLOWED_IPS = env.listed("QSMS_DLR_ALLOWED_IPS")
METRICS_ALLOWED_IPS = env.listed("METRICS_ALLOWED_IPS", ["127.0.0.0/8", "::1"])
QSMS_UNCERTAIN_WAIT = env.span("QSMS_UNCERTAIN_WAIT", 900)
QSMS_LEASE_SLACK = env.span("QSMS_LEASE_SLACK", 60)
QSMS_REPORT_TIMEOUT = env.span("QSMS_REPORT_TIMEOUT_HOURS", 72, "hours")
# Hosts and networks that callbacks may be posted to though they are not public.
CALLBACK_PRIVATE_HOSTS = env.listed("CALLBACK_PRIVATE_HOSTS")
QSMS_BALANCE_GUARD = env.text("QSMS_BALANCE_GUARD", "warn")
# Of each web process: a quarter of them may wait for what becomes of a script's call.
WEB_THREADS = env.whole("WEB_THREADS", 32)
QSMS_COST_UNIT = env.text("QSMS_COST_UNIT", "credits")

# The queue. Any task may run twice at once or never; the database decides.
REDIS_URL = ADDRESSES.redis_url if EMBEDDED_REDIS else env.text("REDIS_URL")
CELERY_BROKER_URL = ADDRESSES.broker_url if EMBEDDED_REDIS else REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Of `--autoscale`, as `up` starts the worker.
CELERY_WORKER_AUTOSCALER = "qsms_portal.autoscaling:Autoscaler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
    "retry_on_timeout": False,
    # Redis keeps no task that a worker has taken: the tick finds what is lost, and a worker that would take its own
    # off a list in a Redis that is gone ends with an error.
    "ack_emulation": False,
}
CELERY_TASK_DEFAULT_QUEUE = "work"
SENDERS_QUEUED = 16

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", LEVELS)
LOG_FORMAT = env.choice("LOG_FORMAT", "line", ("line", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "qsms_portal.logs.LineFormatter", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "qsms_portal.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "fido2": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}

env.refuse()
ENVIRONMENT_NAMES = frozenset(env.names)
