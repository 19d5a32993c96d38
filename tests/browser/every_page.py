"""Every page that somebody can open, by who opens it, and the house in which there is something on each of them."""

import io
import json
import re
import tempfile
from datetime import timedelta
from pathlib import Path

# Whatever else answers with a page of HTML fails `test_no_page_is_missing_from_the_walk`.
NOBODY = (
    "accounts/login/",
    "accounts/signup/",
    "accounts/waiting/",
    "accounts/inactive/",
    "accounts/confirm-email/",
    "accounts/confirm-email/<str:key>/",
    "accounts/password/reset/",
    "accounts/password/reset/done/",
    "accounts/password/reset/key/done/",
    "invitation/<str:token>/",
    "offline/",
)
ALICE = (
    "",
    "c/<uuid:chat_id>/",
    "c/<uuid:chat_id>/print/",
    "s/<str:token>/",
    "import/",
    "import/<uuid:import_id>/",
    "prompts/",
    "notes/",
    "notes/new/",
    "comparisons/",
    "c/<uuid:chat_id>/reproduce/",
    "prompts/new/",
    "prompts/<uuid:prompt_id>/",
    "prompts/<uuid:prompt_id>/delete/",
    "assistants/",
    "assistants/new/",
    "assistants/<uuid:assistant_id>/",
    "assistants/<uuid:assistant_id>/delete/",
    "knowledge/",
    "knowledge/<uuid:library_id>/",
    "knowledge/<uuid:library_id>/radar/",
    "knowledge/<uuid:library_id>/delete/",
    "knowledge/<uuid:library_id>/notes/",
    "knowledge/<uuid:library_id>/questions/",
    "knowledge/<uuid:library_id>/search/",
    "knowledge/<uuid:library_id>/share/",
    "knowledge/<uuid:library_id>/documents/<uuid:document_id>/",
    "knowledge/<uuid:library_id>/documents/<uuid:document_id>/note/",
    "knowledge/<uuid:library_id>/documents/<uuid:document_id>/passages/",
    "knowledge/<uuid:library_id>/documents/<uuid:document_id>/record/",
    "account/",
    "account/sessions/",
    "accounts/logout/",
    "accounts/password/change/",
    "accounts/2fa/",
    "accounts/2fa/totp/activate/",
    "accounts/2fa/webauthn/add/",
    "accounts/reauthenticate/",
)
# Who has a second step already.
BOB = (
    "accounts/2fa/recovery-codes/",
    "accounts/2fa/recovery-codes/generate/",
    "accounts/2fa/totp/deactivate/",
    "accounts/2fa/webauthn/",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/",
    "accounts/2fa/webauthn/keys/<int:pk>/remove/",
    "accounts/2fa/reauthenticate/",
)
ROOT = (
    "admin/",
    "admin/access/",
    "admin/assistants/",
    "admin/audit/",
    "admin/banners/",
    "admin/banners/<int:banner_id>/",
    "admin/chat-sharing/",
    "admin/connections/",
    "admin/connections/<uuid:pk>/",
    "admin/groups/",
    "admin/groups/<int:group_id>/",
    "admin/groups/<int:group_id>/delete/",
    "admin/groups/<int:group_id>/limits/",
    "admin/health/",
    "admin/images/",
    "admin/invitations/",
    "admin/limits/",
    "admin/models/",
    "admin/models/<int:pk>/",
    "admin/models/<int:model_id>/checks/",
    "admin/models/<int:model_id>/checks/<uuid:run_id>/",
    "admin/models/new/",
    "admin/ollama/<uuid:connection_id>/",
    "admin/ollama/<uuid:connection_id>/create/",
    "admin/ollama/<uuid:connection_id>/model/",
    "admin/people/",
    "admin/people/<int:pk>/",
    "admin/people/<int:pk>/limits/",
    "admin/people/<int:pk>/sees/",
    "admin/people/new/",
    "admin/ratings/",
    "admin/reading/",
    "admin/retrieval/",
    "admin/search/",
    "admin/search/<int:engine_id>/",
    "admin/signing-in/",
    "admin/signing-in/hooks/<int:hook_id>/",
    "admin/signing-in/hooks/new/",
    "admin/signing-in/providers/<int:provider_id>/",
    "admin/signing-in/providers/new/",
    "admin/usage/",
    "admin/voice/",
    "admin/tools/",
    "admin/arena/",
    "arena/",
    "arena/board/",
)
PAGES = {"nobody": NOBODY, "alice": ALICE, "bob": BOB, "root": ROOT}


def furnish(world, bob, ollama):
    """{name of an id: its value}, for all that the pages above name."""
    from tests.test_doors import ids_of

    _noted(world["document"])
    _said(world)
    served = _served(world, ollama)
    ids = {**ids_of(world), **served, **_entered(), **_links(world)}
    return {**ids, "import_id": _import(world["alice"]), "key_of_bob": _second_step(bob)}


def _noted(document):
    from knowledge import storage

    file = storage.store(io.BytesIO(b"The limit is 187."), limit=100)
    document.is_note, document.file_name, document.size, document.sha256 = True, file.name, file.size, file.sha256
    document.save()


def _said(world):
    from chat.models import Message, Source

    chat = world["chat"]
    asked = Message.objects.create(conversation=chat, author=world["alice"], role="user", text="And?")
    said = {"role": "assistant", "text": "`187` [1].", "model_name": "qwen"}
    answer = Message.objects.create(conversation=chat, parent=asked, **said)
    Source.objects.create(message=answer, n=1, title="Report", url="https://example.org/a", text="187.", cited=True)
    chat.show(answer)


def _served(world, ollama):
    from providers.models import CheckRun, Connection, Model

    Model.objects.filter(pk=world["model"].pk).update(for_everyone=True)
    lab = Connection.objects.create(name="Ollama", kind="ollama", base_url=ollama.address, product="Ollama")
    Model.objects.create(connection=lab, name="qwen3:8b", public_id="qwen3:8b", window=40960)
    return {"ollama": lab.pk, "run_id": CheckRun.objects.create(model=world["model"], state="done").pk}


def _entered():
    from knowledge.models import SearchEngine
    from webui.accounts.hooks.models import SignUpHook
    from webui.accounts.oidc.models import SignInProvider
    from webui.banners.models import Banner

    house = SignInProvider.objects.create(name="House", discovery_url="https://id.example", client_id="a")
    return {
        "engine_id": SearchEngine.objects.create(kind="searxng").pk,
        "banner_id": Banner.objects.create(text="The server rests on Sunday.").pk,
        "provider_id": house.pk,
        "hook_id": SignUpHook.objects.create(name="Ops").pk,
    }


def _links(world):
    from django.utils import timezone

    from webui.accounts.invitations import Invitation

    _row, invitation = Invitation.issue(world["alice"], timezone.now() + timedelta(days=1))
    return {"key": "spent", "invitation/": invitation, "setup/": "spent", "s/": world["link"].token}


def _import(alice):
    from chat.importing import preparing
    from tests.chat.importing import hosted

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_text(json.dumps(hosted.claude()))
        return preparing.prepare(alice, "conversations.json", Path(file.name))


def _second_step(bob):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(bob, "A" * 32)
    RecoveryCodes.activate(bob)
    return Authenticator.objects.create(user=bob, type="webauthn", data={"name": "Key", "credential": {}}).pk


def address(route, ids):
    """Where a page is in this house."""
    own = dict(ids)
    if route.startswith("admin/ollama/"):
        own["connection_id"] = ids["ollama"]
    if "webauthn" in route:
        own["pk"] = ids["key_of_bob"]
    elif route.startswith("admin/"):
        kind = route.split("/")[1]
        own["pk"] = {"connections": ids["connection_id"], "models": ids["model_id"]}.get(kind, ids["pk"])
    own["token"] = next((ids[start] for start in ("invitation/", "setup/", "s/") if route.startswith(start)), "")
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(own[found[1]]), route)
    return f"/{path}" + ("?name=qwen3:8b" if route.endswith("/model/") else "")
