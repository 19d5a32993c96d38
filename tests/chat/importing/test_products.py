"""What each product's export becomes here: chats with their branches, models, dates, thoughts and sources."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from chat.importing import preparing
from chat.models import Conversation
from tests.chat.importing import desktop, hosted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.FILE_ROOT = tmp_path / "files"


@pytest.fixture
def bring(tmp_path):
    def bring(user, content, name="export"):
        path = tmp_path / "given"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
        trial = preparing.prepare(user, name, path)
        return preparing.take_in(user, trial, 60)

    return bring


def tree(title):
    """Each message as (its text, the text above it)."""
    rows = Conversation.objects.get(title=title).messages.select_related("parent").order_by("id")
    return [(row.text, row.parent.text if row.parent else None) for row in rows]


def zipped(*files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return made.getvalue()


def test_open_webui_brings_branches_thoughts_and_the_passages_of_its_files(alice, bring):
    trial = bring(alice, hosted.openwebui())
    assert (trial.products, trial.chats, trial.messages, trial.branches) == ({"open-webui": 1}, 1, 4, 1)
    assert trial.left == {"pictures": 1, "files": 1, "tools": 1}
    assert tree("Travel") == [
        ("What is the limit?", None),
        ("First try", "What is the limit?"),
        ("120 euros [1].", "What is the limit?"),
        ("谢谢", "120 euros [1]."),
    ]
    chat = Conversation.objects.get(title="Travel")
    answer = chat.messages.get(text="120 euros [1].")
    assert (answer.reasoning, answer.model_name) == ("The policy\nsays 120", "qwen3:4b")
    assert answer.created_at == datetime.fromtimestamp(1730000020, UTC)
    source = answer.sources.get()
    assert (source.n, source.document_name, source.page, source.cited) == (1, "policy.pdf", 3, True)
    assert chat.active.text == "谢谢"
    assert chat.pinned_at
    assert [tag.name for tag in chat.tags.all()] == ["trips"]


@pytest.mark.parametrize("packed", [False, True])
def test_chatgpt_brings_an_answer_in_one_piece_with_its_web_pages(alice, bring, packed):
    content = hosted.chatgpt()
    if packed:
        content = zipped(("user.json", {"id": "u"}), ("chat.html", "<html>"), ("conversations-000.json", content))
    trial = bring(alice, content)
    assert (trial.products, trial.chats, trial.branches) == ({"chatgpt": 1}, 1, 1)
    assert trial.left == {"pictures": 1, "tools": 2}
    assert tree("Tower") == [
        ("How tall is it?", None),
        ("Tall.", "How tall is it?"),
        ("It is 330 m tall  [1].", "How tall is it?"),
    ]
    chat = Conversation.objects.get(title="Tower")
    assert (chat.active.reasoning, chat.active.model_name) == ("**Looking**\n\nI search first.", "gpt-5")
    assert (chat.active.sources.get().url, chat.active.sources.get().text) == ("https://example.org/tower", "330 m")
    assert chat.archived_at
    assert chat.updated_at == datetime.fromtimestamp(1730000009, UTC)


def test_claude_brings_both_answers_and_marks_what_rests_on_a_page(alice, bring):
    trial = bring(alice, zipped(("conversations.json", hosted.claude()), ("users.json", [])))
    assert (trial.products, trial.chats, trial.empty) == ({"claude": 1}, 1, 1)
    assert trial.left == {"files": 1, "tools": 1}
    assert tree("Poem") == [("A poem", None), ("Roses", "A poem"), ("Violets are blue [1].", "A poem")]
    first, second = Conversation.objects.get(title="Poem").messages.filter(role="assistant")
    assert first.reasoning == "Rhyme?"
    assert second.sources.get().url == "https://example.org/v"
    assert second.created_at == datetime(2025, 1, 2, 3, 4, 5, 123456, UTC)


def test_a_claude_export_without_a_tree_is_read_in_its_order(alice, bring):
    given = hosted.claude()[:1]
    for message in given[0]["chat_messages"]:
        del message["parent_message_uuid"]
    given[0]["chat_messages"][2]["sender"] = "human"
    bring(alice, given)
    assert [above for _text, above in tree("Poem")] == [None, "A poem", "Roses"]


def test_cherry_studio_brings_answers_of_several_models_beside_each_other(alice, bring):
    trial = bring(alice, zipped(("data.json", desktop.cherry()), ("Data/Files/a.png", b"\x89PNG")))
    assert (trial.products, trial.branches, trial.left) == ({"cherry-studio": 1}, 1, {"pictures": 1})
    assert tree("旅行") == [("去哪里？", None), ("杭州 [1]", "去哪里？"), ("苏州", "去哪里？"), ("为什么？", "苏州")]
    first, second = Conversation.objects.get(title="旅行").messages.filter(role="assistant")
    assert (first.reasoning, first.model_name, second.model_name) == ("想一想", "deepseek-chat", "glm-4")
    assert (first.sources.get().title, first.sources.get().cited) == ("西湖", True)


def test_chatbox_brings_forks_and_earlier_threads(alice, bring):
    trial = bring(alice, desktop.chatbox())
    assert (trial.products, trial.chats, trial.branches) == ({"chatbox": 2}, 2, 1)
    assert trial.left == {"system": 1, "tools": 1}
    chats = Conversation.objects.filter(title="Chatbox chat").order_by("messages__text").distinct()
    texts = {tuple(row.text for row in chat.messages.all()) for chat in chats}
    assert texts == {("Is it?", "Yes.", "No.", "Sure?"), ("Earlier",)}
    answer = Conversation.objects.get(messages__text="Yes.").active
    assert (answer.text, answer.reasoning, answer.model_name) == ("Yes.", "Hm.", "gpt-4o-mini")


@pytest.mark.parametrize("recursive", [False, True])
def test_librechat_is_read_flat_and_as_a_tree(alice, bring, recursive):
    trial = bring(alice, hosted.librechat(recursive))
    assert (trial.products, trial.branches, trial.left) == ({"librechat": 1}, 1, {"pictures": 1, "tools": 1})
    assert tree("Ways") == [("Which way?", None), ("Left.", "Which way?"), ("Right.", "Which way?")]
    assert Conversation.objects.get().messages.get(text="Left.").reasoning == "Left or right"


def test_files_of_several_products_may_lie_in_one_archive(alice, bring):
    trial = bring(alice, zipped(("a.json", hosted.librechat()), ("b.json", hosted.openwebui())))
    assert trial.products == {"librechat": 1, "open-webui": 1}
