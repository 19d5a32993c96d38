"""What the lines of the audit log say, in words: acts, things and their columns."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = {
    "sign-in": _("signed in"),
    "sign-out": _("signed out"),
    "sign-in failed": _("sign-in failed"),
    "sign-in throttled": _("sign-in refused: too many tries"),
    "password changed": _("password changed"),
    "password reset": _("password chosen anew with a link"),
    "created": _("made"),
    "changed": pgettext_lazy("audit", "changed"),
    "deleted": _("deleted"),
    "members changed": _("members changed"),
    "rights changed": _("rights changed"),
    "shared": _("sharing changed"),
    "restored": _("restored from a backup"),
    "exported": _("log exported"),
}
KINDS = {
    "user": pgettext_lazy("audit", "person"),
    "apikey": _("API key"),
    "group": _("group"),
    "connection": _("connection"),
    "model": _("model"),
    "newmodels": _("rule for new models"),
    "limit": _("limits"),
    "library": _("library"),
    "libraryshare": _("sharing of a library"),
    "retrievalsettings": _("retrieval settings"),
    "websearchsettings": _("web search settings"),
    "searchengine": _("search engine"),
    "assistant": _("assistant"),
    "assistantmakers": _("who may make assistants"),
    "sharelink": _("link to a chat"),
    "sharingrule": _("rule for links to chats"),
}
COLUMNS = {
    "is_active": _("may sign in"),
    "is_superuser": _("administrator"),
    "approved_at": _("approved"),
    "for_everyone": _("for everyone"),
    "encrypted_key": _("key"),
    "encrypted_headers": _("headers"),
    "base_url": _("address"),
    "enabled": pgettext_lazy("audit", "enabled"),
    "name": _("name"),
    "email": _("e-mail"),
    "added": _("added"),
    "removed": _("removed"),
    "with": pgettext_lazy("signed in with", "with"),
}
