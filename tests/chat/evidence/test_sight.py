"""What alice may still see of sources in her old chats when a right was taken away, by every way out."""

import json

import pytest

from chat.models import Assistant, Conversation, Message, Source
from chat.storing import told
from chat.tree import branch_page
from knowledge.models import Chunk, Document, Library
from knowledge.models.library import LibraryShare

SECRET = "The allowance is 65 euros a day."


@pytest.fixture
def shared(alice, bob, model):
    """An answer in alice's chat from bob's library, which bob shares with her: (library, chat, reply)."""
    library = Library.objects.create(owner=bob, name="House")
    LibraryShare.objects.create(library=library, user=alice, level="read")
    document = Document.objects.create(library=library, name="rules.md")
    chunk = Chunk.objects.create(document=document, ordinal=0, text=SECRET, start=0, end=len(SECRET), heading="Travel")
    chat = Conversation.objects.create(owner=alice, title="Allowance")
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text="How much?")
    reply = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", text="So much [1].", model=model, model_name="qwen",
        trail=["sources", 12], ledger={"tag": "x", "consulted": True, "first": asked.pk},
    )  # fmt: skip
    chat.show(reply)
    Source.objects.create(
        message=reply, n=1, title="rules.md", document=document, document_name="rules.md", library=library.pk,
        chunk=chunk.pk, text=SECRET, heading="Travel", start=0, end=len(SECRET), cited=True,
        url="https://intranet.example/rules",
    )  # fmt: skip
    return library, chat, reply


def ways_out(client, chat, reply):
    """All that can be fetched of the answer, as text."""
    chats = f"/api/chats/{chat.pk}"
    for path in (chats, f"{chats}/export", f"{chats}/export?format=markdown", f"{chats}/messages/{reply.pk}/ledger"):
        yield path, client.get(path).content.decode()
    for word in ("allowance", "65"):
        yield f"search {word}", client.get("/api/chats/search", {"q": word}).content.decode()


def test_while_bob_shares_his_library_alice_sees_what_was_cited(client, alice, shared):
    client.force_login(alice)
    seen = {path: SECRET in text for path, text in ways_out(client, *shared[1:])}
    assert [path.rpartition("/")[2] for path, shown in seen.items() if shown] == [str(shared[1].pk), "export", "ledger"]


def test_when_he_ends_it_the_text_is_gone_from_her_old_chats_by_every_way(client, alice, bob, shared):
    library, chat, reply = shared
    library.shares.all().delete()
    client.force_login(alice)
    for path, text in ways_out(client, chat, reply):
        assert SECRET not in text, path
        assert "Travel" not in text, path
        assert "intranet.example" not in text, path
    (source,) = client.get(f"/api/chats/{chat.pk}").json()["messages"][1]["sources"]
    assert (source["state"], source["text"], source["document"]) == ("withheld", "", None)
    assert source["title"] == "rules.md"
    LibraryShare.objects.create(library=library, user=alice, level="read")
    assert branch_page(chat).messages[1]["sources"][0]["text"] == SECRET


def test_the_model_is_not_told_it_again_either(alice, shared):
    library, _chat, reply = shared
    assert told(reply.parent, reply)[0].passages[0].text == SECRET
    library.shares.all().delete()
    again = Message.objects.get(pk=reply.pk)
    assert told(again.parent, again)[0].passages[0].text == "You no longer have access to this source."


def test_a_library_that_was_deleted_takes_its_text_along(alice, shared):
    library, chat, _reply = shared
    library.delete()
    (source,) = branch_page(chat).messages[1]["sources"]
    assert (source["state"], source["text"]) == ("gone", "")


def test_a_removed_document_of_a_library_she_reads_stays_quoted(alice, shared):
    shared[0].documents.all().delete()
    (source,) = branch_page(shared[1]).messages[1]["sources"]
    assert (source["state"], source["text"]) == ("gone", SECRET)


def test_what_an_assistant_lends_is_seen_as_long_as_it_does(alice, bob, model, shared):
    library, chat, reply = shared
    library.shares.all().delete()
    assistant = Assistant.objects.create(owner=bob, name="House", base_model="qwen", for_everyone=True)
    assistant.libraries.add(library)
    Message.objects.filter(pk=reply.pk).update(assistant=assistant, params={"granted": [str(library.pk)]})
    shown = lambda: branch_page(chat).messages[1]["sources"][0]["text"]  # noqa: E731
    assert shown() == SECRET
    assistant.libraries.clear()
    assert shown() == ""


def test_a_row_that_nobody_looked_at_is_shut(shared):
    """A way out that forgets to ask shows nothing."""
    source = Source.objects.get()
    assert SECRET not in json.dumps(source.to_wire())
    assert SECRET not in source.passage().text


@pytest.mark.django_db(transaction=True)
async def test_the_socket_replays_what_she_may_see(alice, shared, tab):
    library, _chat, reply = shared
    await library.shares.all().adelete()
    page = await tab(alice)
    await page.say(type="resume", id=1, message=reply.pk, after=0)
    frames = await page.hear_until("done", "error")
    (sources,) = [frame["sources"] for frame in frames if frame["type"] == "sources"]
    assert (sources[0]["text"], sources[0]["state"]) == ("", "withheld")
