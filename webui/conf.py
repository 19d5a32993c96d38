"""The environment, read once: every setting a person can give, typed and described.

Nothing else in the project reads environment variables. docs/configuration.md lists the same names; a test compares the
two. `read_environment` raises `BadSetting`, worded for the person who starts the server.
"""

import contextlib
import difflib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, HttpUrl, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(SystemExit):
    """A setting that the server refuses to start with; printing it is all there is to do."""


def _split(separator: str, *, keep_empty: bool = False) -> BeforeValidator:
    def split(value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(separator) if keep_empty or part.strip())
        return value

    return BeforeValidator(split)


Comma = Annotated[tuple[str, ...], NoDecode, _split(",")]
Semicolon = Annotated[tuple[str, ...], NoDecode, _split(";")]
# Empty parts count: in ";sk-2" the second server has a key and the first has none.
Keys = Annotated[tuple[str, ...], NoDecode, _split(";", keep_empty=True)]


def _setting(name: str, default: Any, meaning: str, **limits: Any) -> Any:
    return Field(default, validation_alias=name, description=meaning, **limits)


class Settings(BaseSettings):
    """One field a setting: its name in the environment, its default, its meaning (which the documentation repeats)."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore", populate_by_name=False)

    data: Path = _setting("WEBUI_DATA", ROOT / "data", "everything the embedded default writes")
    secret_key_text: str = _setting("WEBUI_SECRET_KEY", "", "signing and encryption at rest")
    allowed_hosts: Comma = _setting(
        "WEBUI_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"), "host names people may use, by comma"
    )
    base_url: str = _setting("WEBUI_BASE_URL", "", "public address; https turns on secure cookies")
    signup: Literal["open", "pending", "closed"] = _setting(
        "WEBUI_SIGNUP", "pending", "who may sign up: open, pending (an administrator approves) or closed"
    )
    trusted_proxies: Comma = _setting(
        "WEBUI_TRUSTED_PROXIES", (), "addresses or networks of proxies that are believed about where a request is from"
    )
    email_header: str = _setting(
        "WEBUI_EMAIL_HEADER",
        "",
        "header in which a trusted proxy names who is signed in, by e-mail",
        pattern=r"^[A-Za-z0-9-]*$",
    )
    smtp_url: str = _setting(
        "WEBUI_SMTP_URL",
        "",
        "who sends mail: smtp://user:password@host:587 (STARTTLS) or smtps://…; console: prints it",
    )
    mail_from: str = _setting("WEBUI_MAIL_FROM", "webui@localhost", "the sender of that mail")
    verify_email: bool = _setting(
        "WEBUI_VERIFY_EMAIL", False, "people confirm their address by mail before they come in"
    )
    session_idle_hours: float = _setting(
        "WEBUI_SESSION_IDLE_HOURS", 168, "hours after which a sign-in that is not used ends", gt=0, le=24 * 365
    )
    session_days: float = _setting(
        "WEBUI_SESSION_DAYS", 30, "days after which a sign-in ends, used or not", gt=0, le=365
    )
    ldap_url: str = _setting("WEBUI_LDAP_URL", "", "a directory whose people may sign in: ldaps://host or ldap://host")
    ldap_base: str = _setting("WEBUI_LDAP_BASE", "", "where in the directory people are searched")
    ldap_filter: str = _setting(
        "WEBUI_LDAP_FILTER", "(mail={email})", "how somebody is found there; {email} is what was typed"
    )
    ldap_bind_dn: str = _setting("WEBUI_LDAP_BIND_DN", "", "who searches; anonymous when not set")
    ldap_bind_password: str = _setting("WEBUI_LDAP_BIND_PASSWORD", "", "the searcher's password")
    audit_days: int = _setting("WEBUI_AUDIT_DAYS", 365, "how many days the audit log is kept", ge=1, le=36500)
    fetch_allow: Comma = _setting(
        "WEBUI_FETCH_ALLOW", (), "hosts or networks fetched on a person's behalf besides public addresses"
    )
    max_upload_mb: int = _setting("WEBUI_MAX_UPLOAD_MB", 50, "largest document, in MiB", ge=1, le=4096)
    max_model_gb: int = _setting(
        "WEBUI_MAX_MODEL_GB", 64, "largest model file for Ollama, uploaded by an administrator, in GiB", ge=1, le=4096
    )
    auto_tags: bool = _setting("WEBUI_AUTO_TAGS", False, "let the model that answers put tags on new chats")
    probe_local: bool = _setting("WEBUI_PROBE_LOCAL", True, "look for model servers on the usual local ports")
    drain_seconds: float = _setting(
        "WEBUI_DRAIN_SECONDS",
        25,
        "how long a web process that is asked to stop waits for running answers",
        ge=0,
        le=3600,
    )
    embedder_url: str = _setting("WEBUI_EMBEDDER_URL", "", "the local embedder; set by `manage.py up`")
    voice_url: str = _setting("WEBUI_VOICE_URL", "", "the local voice process; set by `manage.py up`")
    database_url: str = _setting("DATABASE_URL", "", "postgres://… ; SQLite in the data folder when not set")
    backup_folder: str = _setting("WEBUI_BACKUP_FOLDER", "", "where backups are made by themselves; none when not set")
    backup_hours: float = _setting("WEBUI_BACKUP_HOURS", 24, "hours from one backup to the next", ge=0.25, le=24 * 31)
    backup_keep: int = _setting("WEBUI_BACKUP_KEEP", 7, "how many of them are kept", ge=1, le=1000)
    redis_url: str = _setting("REDIS_URL", "", "live answers, Celery broker and cache between processes")
    redis_prefix: str = _setting(
        "WEBUI_REDIS_PREFIX", "webui", "what all keys in Redis begin with", pattern=r"^[A-Za-z0-9_.-]{1,40}$"
    )
    log_format: Literal["text", "json"] = _setting("WEBUI_LOG_FORMAT", "text", "lines of the log: text or json")
    metrics_token: str = _setting("WEBUI_METRICS_TOKEN", "", "whoever gives it reads /metrics")
    metrics_allow: Comma = _setting("WEBUI_METRICS_ALLOW", (), "addresses or networks that read /metrics without it")
    traces_url: str = _setting("WEBUI_TRACES_URL", "", "where OpenTelemetry traces are sent (OTLP over gRPC)")
    chroma_url: str = _setting("CHROMA_URL", "", "a Chroma server; `manage.py up` starts one when not set")
    openai_base_urls: Semicolon = _setting("OPENAI_BASE_URL", (), "OpenAI-compatible servers, by semicolon")
    openai_api_keys: Keys = _setting("OPENAI_API_KEY", (), "their keys, in the same order")
    ollama_base_urls: Semicolon = _setting("OLLAMA_BASE_URL", (), "Ollama servers, by semicolon")
    tavily_api_key: str = _setting("TAVILY_API_KEY", "", "web search with Tavily")
    tavily_base_url: str = _setting("TAVILY_BASE_URL", "", "another address for Tavily's API")
    embedding_model: str = _setting(
        "EMBEDDING_MODEL", "", "a sentence-transformers name or folder, or the endpoint's model"
    )
    embedding_base_url: str = _setting("EMBEDDING_BASE_URL", "", "any /v1/embeddings instead of the local model")
    embedding_api_key: str = _setting("EMBEDDING_API_KEY", "", "its key")

    @field_validator(
        *("base_url", "traces_url", "embedder_url", "voice_url", "chroma_url", "tavily_base_url"),
        "embedding_base_url",
        mode="after",
    )
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value:
            TypeAdapter(HttpUrl).validate_python(value)
        return value.rstrip("/")

    @field_validator("openai_base_urls", "ollama_base_urls", mode="after")
    @classmethod
    def _are_web_addresses(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        TypeAdapter(list[HttpUrl]).validate_python(values)
        return values

    @field_validator("trusted_proxies", "metrics_allow", mode="after")
    @classmethod
    def _are_networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            ip_network(value, strict=False)
        return values

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @cached_property
    def instance(self) -> str:
        """A name for this installation, the same in all its processes and no secret: it knows itself by it."""
        return name_of_key(self.secret_key)

    @property
    def secret_key(self) -> str:
        """The given key, or one made once and kept in the data folder, readable by its owner only."""
        return self.secret_key_text or _kept_secret(self.data / "secret_key")


def name_of_key(secret: str) -> str:
    """By which a key can be known again, and not be found out."""
    return hmac.digest(secret.encode(), b"instance", "sha256").hex()[:32]


def _kept_secret(path: Path) -> str:
    """Of two processes that start at once, both get the key of the one that linked its file first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:  # only its owner may read it
            draft.write(secrets.token_urlsafe(48))
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text().strip()


def setting_names() -> dict[str, str]:
    """{environment name: description} of every setting."""
    return {str(field.validation_alias): field.description or "" for field in Settings.model_fields.values()}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """`source` is environment or default; a secret's `value` shows its last characters at most."""

    name: str
    value: str
    source: str
    meaning: str


def setting_sources(settings: Settings) -> list[Setting]:
    found = []
    for field, info in Settings.model_fields.items():
        name, value = str(info.validation_alias), getattr(settings, field)
        parts = value if isinstance(value, tuple) else (value,)
        shown = ";".join(_shown(name, str(part)) for part in parts)
        source = "environment" if field in settings.model_fields_set else "default"
        found.append(Setting(name=name, value=shown, source=source, meaning=info.description or ""))
    return found


def _shown(name: str, value: str) -> str:
    if name.endswith(("_KEY", "_TOKEN")):
        return f"***{value[-4:] if len(value) >= 16 else ''}" if value else ""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", value)


def for_another_place(**changes: str) -> dict[str, str]:
    """An environment for a child that works elsewhere: ours, with no setting but these."""
    known = setting_names()
    return {name: value for name, value in os.environ.items() if name not in known} | changes


def read_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """All settings, or `BadSetting` naming the one that is wrong."""
    known = setting_names()
    for name in environ:
        if name.startswith("WEBUI_") and name not in known:
            meant = difflib.get_close_matches(name, known, 1, cutoff=0.8)
            hint = f"did you mean {meant[0]}?" if meant else "docs/configuration.md lists them."
            raise BadSetting(f"{name} is not a setting of webui; {hint}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSetting(f"{first['loc'][0]}: {first['msg']} (given: {first['input']!r}).") from None


conf = read_environment()
