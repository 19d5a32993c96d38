"""Django's settings, made from `webui.conf`; nothing here reads the environment."""

from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from webui.conf import ROOT, BadSetting, conf

SECRET_KEY = conf.secret_key
DEBUG = False
ALLOWED_HOSTS = list(conf.allowed_hosts)
if conf.base_url:
    ALLOWED_HOSTS.append(str(urlsplit(conf.base_url).hostname))
    CSRF_TRUSTED_ORIGINS = [conf.base_url]

INSTALLED_APPS = [
    "webui.panel.apps.PanelAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "ninja",
    "webui",
    "webui.accounts",
    "webui.audit.apps.AuditConfig",
    "webui.backup",
    "webui.banners",
    "providers",
    "knowledge",
    "chat",
]
MIDDLEWARE = [
    "webui.proxies.ProxyMiddleware",
    "webui.security.SecurityHeadersMiddleware",
    "chat.gateway.errors.OpenAIErrors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "webui.accounts.session_times.InUseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "webui.accounts.second_factor.DueMiddleware",
    "webui.refusals.RefusalsMiddleware",
]
if conf.email_header:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.messages.middleware.MessageMiddleware"),
        "webui.accounts.proxy_sign_in.ProxySignInMiddleware",
    )
ROOT_URLCONF = "webui.urls"
ASGI_APPLICATION = "webui.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]


def database_at(url: str) -> dict[str, object]:
    """Django's form of `postgres://user:password@host:port/name` or `sqlite:///path`; else SQLite in the data."""
    parts = urlsplit(url)
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    if url and parts.scheme != "sqlite":
        raise BadSetting(f"DATABASE_URL: {parts.scheme}:// is not served; use postgres:// or sqlite:///.")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": parts.path if url else conf.data / "webui.sqlite3",
        # IMMEDIATE: of read-then-write transactions begun DEFERRED, three in four end in "database is locked".
        # Small pages, where the file is new: what a turn touches is written page by page (docs/decisions/0006).
        # A small cache: reads come from the mapped file, and a connection that stays open fills all it is allowed.
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA page_size=2048; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            " PRAGMA mmap_size=134217728; PRAGMA cache_size=-2000; PRAGMA journal_size_limit=67108864;",
        },
        # A file, not memory: the browser tests' server is another process.
        "TEST": {"NAME": conf.data / "test.sqlite3"},
    }


DATABASES = {"default": database_at(conf.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
if conf.ldap_url:
    AUTHENTICATION_BACKENDS.append("webui.accounts.directory.DirectoryBackend")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "webui.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if conf.verify_email else "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets mail from here who has no account
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_FORMS = {
    "login": "webui.accounts.forms.LoginForm",
    "signup": "webui.accounts.forms.SignupForm",
    "change_password": "webui.accounts.forms.ChangePasswordForm",
    "reauthenticate": "webui.accounts.factor_forms.PasswordAgainForm",
    "reset_password": "webui.accounts.forms.ForgottenForm",
    "reset_password_from_key": "webui.accounts.forms.ResetPasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/5m/ip,5/5m/key",
    "login_failed_anywhere": "100/h/key",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "webui.accounts.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever is let in here was let in by an administrator, a link or a mail
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "webui.accounts.factor_forms.AuthenticateForm",
    "reauthenticate": "webui.accounts.factor_forms.ReauthenticateForm",
    "activate_totp": "webui.accounts.factor_forms.ActivateTOTPForm",
    "add_webauthn": "webui.accounts.factor_forms.AddPasskeyForm",
    "edit_webauthn": "webui.accounts.factor_forms.EditPasskeyForm",
}


def _mail(url: str) -> dict[str, object]:
    """Django's settings for `smtp://user:password@host:port`; without one mail is printed."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps"):
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and parts.port != 25,
        "EMAIL_TIMEOUT": 10,
    }


globals().update(_mail(conf.smtp_url))
DEFAULT_FROM_EMAIL = conf.mail_from

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "webui.accounts.session_times"
SESSION_COOKIE_AGE = int(conf.session_days * 24 * 3600)
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = conf.https
if conf.https:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
# W002: webui/security.py forbids framing on every answer, refusals too, which Django's middleware does not. W008: the
# proxy turns http into https; behind it a redirect of ours would be a loop. W005, W021: whether HSTS holds for all
# subdomains and is preloaded binds hosts that are not ours: their owner decides, at the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W008", "security.W021"]
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("简体中文"))]
LOCALE_PATHS = [ROOT / "webui" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [("dist", ROOT / "static" / "dist")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"/static/dist/.+-[0-9A-Z]{8}\."

FILE_ROOT = conf.data / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# No channel layer: what goes to open pages goes through webui/live/, which loses nothing when Redis is away.
if conf.redis_url:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": conf.redis_url}}
    CACHES["default"]["KEY_PREFIX"] = conf.redis_prefix
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "webui.logs.JsonLines" if conf.log_format == "json" else "webui.logs.TextLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {name: {"level": "INFO"} for name in ("webui", "providers", "knowledge", "chat")},
}
