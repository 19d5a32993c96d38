"""One person's things, shared with a group that reads and one that writes, and everybody who may come by."""

import io
import re
import uuid
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.test import Client

# What a route needs to get as far as the right; elsewhere a few common fields do.
BODIES = {
    "api/libraries/<uuidstr:library_id>/search": {"query": "limit"},
    "api/libraries/<uuidstr:library_id>/shares": {"who": "bob@example.org", "level": "read"},
    "api/libraries/<uuidstr:library_id>/shares/everyone": {"level": "read"},
    "api/documents/<uuidstr:document_id>/chunks/<int:chunk_id>": {"active": True},
    "knowledge/<uuid:library_id>/documents/<uuid:document_id>/passages/": {"chunk": "chunk_id", "do": "on"},
    "knowledge/<uuid:library_id>/questions/kept/": {"chunk": "chunk_id", "q": "limit?"},
}
COMMON = {"name": "x", "text": "x", "title": "x", "value": "up"}


def body_of(route, ids):
    """A value that is the name of an id stands for that id."""
    return {name: ids.get(value, value) for name, value in BODIES.get(route, COMMON).items()}


@dataclass
class World:
    ids: dict
    people: dict
    clients: dict = field(default_factory=dict)

    def client(self, role):
        if role not in self.clients:
            client = Client()
            if role != "N":
                client.force_login(self.people[role])
            if role == "P":
                self.people["P"].is_active = False
                self.people["P"].save()
            self.clients[role] = client
        return self.clients[role]

    def key(self, role):
        from webui.accounts.models import ApiKey

        _key, text = ApiKey.issue(self.people[role], "theirs")
        return text


def people_around(alice, bob, carol, root):
    from webui.accounts.models import User

    dave = User.objects.create_user("dave@example.org", "correct horse battery")
    readers, writers = Group.objects.create(name="Readers"), Group.objects.create(name="Writers")
    carol.groups.add(readers)
    dave.groups.add(writers)
    ids = {**things_of(alice), **knowledge_of(alice, readers, writers), **shared_by(alice, readers, writers)}
    people = {"P": alice, "O": alice, "X": bob, "R": carol, "W": dave, "A": root}
    return World({**ids, "pk": ids["key_pk"]}, people)


def things_of(alice):
    from chat.attachments.taking import PLACE
    from chat.images import previews
    from chat.models import Attachment, Comparison, Conversation, Duel, Folder, Memory, Message, Note, ShareLink, Source
    from webui.accounts.models import ApiKey

    chat = Conversation.objects.create(owner=alice, title="Alice's chat")
    question = Message.objects.create(conversation=chat, role="user", text="limit?", state="done")
    message = Message.objects.create(conversation=chat, parent=question, role="assistant", text="187", state="done")
    Source.objects.create(message=message, n=1, title="plan.txt", text="the limit")
    chat.show(message)
    file = stored(b"x", PLACE).name
    attachment = Attachment.objects.create(
        owner=alice, name="plan.png", kind="image", size=1, state="ready", file_name=file, small_name=file
    )
    attachment.messages.add(message)
    preview = previews.path_of(message.pk)
    preview.parent.mkdir(parents=True, exist_ok=True)
    preview.write_bytes(b"x")
    return {
        "chat_id": chat.pk,
        "duel_id": Duel.objects.create(owner=alice, question="limit?", left="one", right="other").pk,
        "note_id": Note.objects.create(owner=alice, title="Alice's note", text="187").pk,
        "comparison_id": Comparison.objects.create(owner=alice, first=message, second=message).pk,
        "memory_id": Memory.objects.create(person=alice, text="hers").pk,
        "message_id": message.pk,
        "number": 1,
        "attachment_id": attachment.pk,
        "folder_id": Folder.objects.create(owner=alice, name="Alice's folder").pk,
        "link_id": ShareLink.objects.create(conversation=chat, leaf=message).pk,
        "key_pk": ApiKey.issue(alice, "hers")[0].pk,
    }


def stored(content, place=""):
    from knowledge import storage

    return storage.store(io.BytesIO(content), limit=100, place=place)


def knowledge_of(alice, readers, writers):
    from knowledge.models import Chunk, Document, Finding, GoldenQuestion, IntakeJob, Library, LibraryShare

    library = Library.objects.create(owner=alice, name="Alice's library")
    share = LibraryShare.objects.create(library=library, group=readers, level="read")
    LibraryShare.objects.create(library=library, group=writers, level="write")
    file = stored(b"The limit is 187.")
    document = Document.objects.create(
        library=library,
        name="plan.md",
        status="ready",
        is_note=True,
        file_name=file.name,
        size=file.size,
        sha256=file.sha256,
    )
    other = Document.objects.create(library=library, name="old.md", status="ready")
    return {
        "finding_id": Finding.objects.create(library=library, kind="version", first=other, second=document).pk,
        "library_id": library.pk,
        "share_id": share.pk,
        "document_id": document.pk,
        "chunk_id": Chunk.objects.create(document=document, ordinal=0, text="the limit").pk,
        "job_number": IntakeJob.objects.create(library=library, user=alice, kind="archive", name="Alice's.zip").pk,
        "question_id": GoldenQuestion.objects.create(library=library, text="limit?", expected=[]).pk,
    }


def shared_by(alice, readers, writers):
    from chat.models import Assistant, Picture, Prompt
    from providers.models import Connection, Model

    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1")
    Model.objects.create(connection=connection, name="qwen", public_id="qwen", for_everyone=True)
    assistant = Assistant.objects.create(owner=alice, name="Alice's helper", base_model="qwen")
    assistant.groups.add(readers, writers)
    Picture.objects.create(assistant=assistant, data=b"x")
    prompt = Prompt.objects.create(owner=alice, command="hers", name="Alice's prompt", text="x")
    prompt.groups.add(readers)
    prompt.editors.add(writers)
    version = prompt.versions.create(name="Alice's prompt", text="x", by=alice, written_at=prompt.created_at)
    return {
        "connection_id": connection.pk,
        "model_id": "qwen",
        "assistant_id": assistant.pk,
        "prompt_id": prompt.pk,
        "version_id": version.pk,
        "group_id": readers.pk,
        "engine_id": 1,
        "generation_number": 1,
        "action": "drop",
        "decision": "disable",
        "job_id": uuid.UUID(int=1),
        "run_id": uuid.UUID(int=1),
        "digest": f"sha256:{'0' * 64}",
        "rest": "api/nothing",
    }


def address(route, ids):
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids.get(found[1], 1)), route)
