"""`python -m webui.backup.tried ARCHIVE`: one restore on an empty host, and whether the place can be lived in.

Started by webui/backup/proof.py with settings of its own; says what it found as one line of JSON.
"""

import json
import secrets
import sys
from pathlib import Path
from typing import Any


def main(archive: Path) -> dict[str, Any]:
    import django

    django.setup()
    from webui.archive import CannotArchive
    from webui.backup.restoring import restored
    from webui.conf import conf
    from webui.serve import migrate

    try:
        found = restored(archive, conf)
    except CannotArchive as reason:
        return {"refusal": str(reason)}
    if not found.key_fits:
        return {"refusal": "The key to stored secrets is not the one that the backup was made with."}
    migrate()
    told: dict[str, Any] = {"rows": found.contents.rows, "files": len(found.contents.files), "seconds": 0.0}
    for name, look in (("searched", _search), ("signed_in", _sign_in)):
        said, refusal = look()
        if refusal:
            return {"refusal": refusal}
        told[name] = said
    return told | {"refusal": _secrets()} if _secrets() else told


def _search() -> tuple[str, str]:
    """The newest chat is found by a word of it, and a passage of a library by one of its words."""
    from chat.finding.search import find
    from chat.models import Message
    from knowledge import keywords, segmentation
    from knowledge.models import Chunk, Document

    said = []
    for message in Message.objects.filter(role="user").exclude(text="").order_by("-pk")[:20]:
        words = [word for word in message.text.split() if word.isalnum() and len(word) > 3]
        if not words:
            continue
        owner, word = message.conversation.owner, max(words, key=len)
        if str(message.conversation_id) not in {str(hit["chat"]) for hit in find(owner, word).results}:
            return "", "The search found a chat no more that has a word of its newest question."
        said.append("a chat")
        break
    chunk = Chunk.objects.filter(document__status=Document.Status.READY).order_by("-pk").first()
    if chunk and (words := segmentation.content_words(chunk.text)):
        found = keywords.search([chunk.document.library_id], max(words, key=len), 50)
        if not found:
            return "", "The search found no passage in a library by a word that stands there."
        said.append("a passage")
    return " and ".join(said) or "nothing there to be searched", ""


def _sign_in() -> tuple[str, str]:
    """Somebody new signs in with a password; whoever wrote last sees their chats."""
    from django.conf import settings
    from django.test import Client

    from chat.models import Conversation
    from webui.accounts.models import User

    host = next((name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))), "localhost")
    given: dict[str, Any] = {"SERVER_NAME": host, "HTTP_X_FORWARDED_PROTO": "https"}
    password = secrets.token_urlsafe(16)
    User.objects.create_superuser("proof@webui.invalid", password)
    client = Client(**given)
    client.post("/accounts/login/", {"login": "proof@webui.invalid", "password": password}, secure=True)
    if client.get("/", secure=True).status_code != 200:
        return "", "Nobody can sign in at the restored place."
    newest = Conversation.objects.filter(owner__is_active=True).order_by("-updated_at").first()
    if newest is None:
        return "somebody new", ""
    owner = Client(**given)
    owner.force_login(newest.owner)
    if owner.get(f"/api/chats/{newest.pk}", secure=True).status_code != 200:
        return "", "Whoever wrote the newest chat cannot open it at the restored place."
    return "somebody new, and the owner of the newest chat", ""


def _secrets() -> str:
    from providers.models import Connection
    from webui.crypto import SecretUnreadable, decrypt

    try:
        for stored in Connection.objects.exclude(encrypted_key="").values_list("encrypted_key", flat=True):
            decrypt(stored)
    except SecretUnreadable:
        return "A provider's key cannot be read with the key that the backup was made with."
    return ""


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))  # noqa: T201
