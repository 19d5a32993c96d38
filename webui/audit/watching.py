"""Rows whose every change is written down, by whichever way it comes: pages, /api, Django's own administration.

Only what a person or a command does: what the server finds out by itself (a model that appears) is no act of anybody.
"""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from webui.audit.entries import command, current_request, record

# {table: the columns that matter}; of those that hold secrets only whether there is one.
WATCHED: dict[str, tuple[str, ...]] = {
    "accounts.user": ("email", "name", "is_active", "is_superuser", "parts", "approved_at"),
    "accounts.apikey": ("name", "prefix", "scopes", "model_ids", "expires_at", "tokens_day", "answers_at_once"),
    "accounts.signinrules": (),
    "accounts.signinprovider": (),
    "accounts.invitation": ("note", "expires_at", "most_uses", "makes_administrators"),
    "accounts.signuphook": ("name", "kind", "enabled", "encrypted_url", "encrypted_secret"),
    "accounts.identity": ("user", "provider", "issuer", "email"),
    "audit.readingrule": ("administrators", "why"),
    "auth.group": ("name",),
    "providers.connection": ("name", "kind", "base_url", "enabled", "prefix", "encrypted_key", "encrypted_headers"),
    "providers.imageserver": ("name", "kind", "base_url", "enabled", "rule", "encrypted_key"),
    "providers.model": ("for_everyone", "hidden", "price_in", "price_out", "window_cap", "keep_alive"),
    "providers.newmodels": ("rule",),
    "providers.limit": ("for_everyone", "group", "user", "tokens_minute", "tokens_day", "answers_at_once", "storage"),
    "knowledge.library": ("for_everyone",),
    "knowledge.libraryshare": ("library", "user", "group", "level"),
    "knowledge.retrievalsettings": (),
    "knowledge.websearchsettings": (),
    "knowledge.searchengine": (),
    "chat.assistant": ("name", "base_model", "for_everyone"),
    "chat.arenarule": ("players", "viewers"),
    "chat.assistantmakers": ("rule",),
    "chat.sharelink": ("passages", "expires_at"),
    "chat.sharingrule": ("readers",),
    "chat.voicesettings": ("transcription", "speech", "voice"),
}
# Many-to-many relations: {through table: what the line says}.
RELATIONS: dict[str, str] = {
    "accounts.user_groups": "members changed",
    "providers.model_users": "rights changed",
    "providers.model_groups": "rights changed",
    "providers.newmodels_groups": "rights changed",
    "providers.imageserver_groups": "rights changed",
    "chat.assistant_users": "shared",
    "chat.assistant_groups": "shared",
    "chat.assistantmakers_groups": "rights changed",
}
# Made all the time and no matter of safety: only what becomes of their sharing.
ONLY_CHANGES = {"knowledge.library", "providers.model"}
SECRET = ("encrypted_", "digest", "password", "secret")


def listen() -> None:
    """Table by table: a listener to all of them would make Django fetch every row that is deleted anywhere."""
    for label in WATCHED:
        model = apps.get_model(label)
        pre_save.connect(_remember, sender=model, dispatch_uid="audit")
        post_save.connect(_saved, sender=model, dispatch_uid="audit")
        post_delete.connect(_deleted, sender=model, dispatch_uid="audit")
    for label in RELATIONS:
        m2m_changed.connect(_related, sender=apps.get_model(label), dispatch_uid="audit")


def _columns(row: models.Model) -> tuple[str, ...]:
    """Those of the table that matter; all but the key and the machine's own notes where none are named."""
    named = WATCHED.get(row._meta.label_lower)
    if named is None or not _somebody_acts():
        return ()
    return named or tuple(field.name for field in row._meta.concrete_fields if not field.primary_key)


def _somebody_acts() -> bool:
    return bool(command.get()) or current_request() is not None


def _remember(instance: models.Model, update_fields: Any = None, raw: bool = False, **_: Any) -> None:
    columns = _columns(instance)
    if raw or not columns or (update_fields is not None and not set(columns) & set(update_fields)):
        instance._audited = None  # type: ignore[attr-defined]
        return
    before = type(instance)._base_manager.filter(pk=instance.pk).first() if instance.pk else None
    instance._audited = (columns, _values(before, columns) if before else {})  # type: ignore[attr-defined]


def _saved(instance: models.Model, created: bool, **_: Any) -> None:
    columns, before = getattr(instance, "_audited", None) or ((), {})
    if not columns or (created and instance._meta.label_lower in ONLY_CHANGES):
        return
    after = _values(instance, columns)
    changed = [name for name in columns if before.get(name) != after.get(name)]
    if created:
        record("created", instance, name=_name(instance), after=_shown(after, {}))
    elif changed:
        old, new = {name: before[name] for name in changed}, {name: after[name] for name in changed}
        record("changed", instance, name=_name(instance), before=_shown(old, {}), after=_shown(new, old))


def _deleted(instance: models.Model, origin: Any = None, **_: Any) -> None:
    # What goes with something else goes without a line of its own.
    if (columns := _columns(instance)) and (origin is instance or isinstance(origin, models.QuerySet)):
        if isinstance(origin, models.QuerySet) and origin.model is not type(instance):
            return
        record("deleted", instance, name=_name(instance), before=_shown(_values(instance, columns), {}))


def _related(sender: Any, instance: models.Model, action: str, model: Any, pk_set: Any, **_: Any) -> None:
    said = RELATIONS.get(sender._meta.label_lower)
    if said is None or not _somebody_acts() or (action != "pre_clear" and not pk_set):
        return
    if action == "post_add":
        record(said, instance, after={"added": _names(model, pk_set)})
    elif action == "post_remove":
        record(said, instance, before={"removed": _names(model, pk_set)})
    elif action == "pre_clear":
        record(said, instance, before={"removed": ["*"]})


def _names(model: Any, keys: Any) -> list[str]:
    return [str(one) for one in model._base_manager.filter(pk__in=keys)[:50]]


def _name(row: models.Model) -> str:
    return str(getattr(row, "label", "") or row)


def _values(row: models.Model, columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in columns}


def _shown(values: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {name: _masked(name, value, name in before) for name, value in values.items()}


def _masked(name: str, value: Any, again: bool) -> Any:
    if name.startswith(SECRET):
        return ("••••••" if not again else "•••••• new") if value else ""
    return value
