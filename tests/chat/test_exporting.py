"""Chats as HTML and on paper: the branch that is shown, safe to open anywhere; and all chats of a person at once."""

import io
import json
import re
import zipfile

import pytest

from chat.models import Conversation, Message, Source
from chat.rendering import rendered
from tests.chat.test_api import as_, conversation_of  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(alice):
    chat = conversation_of(alice, "How tall <b>is</b> it?", title="Tower <script>")
    question = chat.messages.get()
    Message.objects.create(
        conversation=chat, parent=question, role="assistant", text="An other version", model_name="m"
    )
    table, code = "| a | b |\n|---|---|\n| 1 | 2 |", "```py\nx < 1\n```"
    hostile = "<img src=x onerror=alert(1)> ![p](https://x.org/p.png)"
    text = f"It is **330 m** [1].\n\n{table}\n\n{code}\n\n\\(a_1 * b_1 * c\\)\n\n{hostile}"
    answer = Message.objects.create(
        conversation=chat, parent=question, role="assistant", text=text, model_name="qwen", reasoning="secret thought",
        params={"edited": {"by": "Alice", "of": 1}},
    )  # fmt: skip
    Source.objects.create(
        message=answer,
        n=1,
        title="Guide",
        document_name="guide.pdf",
        page=7,
        heading="Height",
        text="330 metres",
        cited=True,
    )
    Source.objects.create(message=answer, n=2, title="Unused", text="nothing")
    chat.show(answer)
    return chat


def test_html_is_one_file_that_loads_and_runs_nothing(chat, alice, as_):  # noqa: F811
    answer = as_(alice).get(f"/api/chats/{chat.pk}/export", {"format": "html"})
    html = answer.content.decode()
    assert answer["Content-Disposition"].endswith(".html")
    assert not re.search(
        r"<(script|img|link|iframe)|\bon\w+=[^&]*?>", html.replace("&lt;img src=x onerror=alert(1)&gt;", "")
    )
    assert "default-src 'none'" in html
    assert "<strong>330 m</strong>" in html
    assert "<table>" in html
    assert "\\(a_1 * b_1 * c\\)" in html
    assert "guide.pdf" in html
    assert "page 7, Height" in html
    assert "330 metres" in html
    assert "edited by Alice" in html
    for absent in ("An other version", "secret thought", "Unused"):
        assert absent not in html


def test_a_chat_is_printed_whole_and_by_its_owner_alone(chat, alice, bob, as_):  # noqa: F811
    parent = chat.active
    for n in range(30):  # more than the page of the chat loads
        parent = Message.objects.create(
            conversation=chat, parent=parent, role=("user", "assistant")[n % 2], text=f"word{n}!"
        )
    chat.show(parent)
    page = as_(alice).get(f"/c/{chat.pk}/print/").content.decode()
    assert all(f"word{n}!" in page for n in range(30))
    assert "330 m" in page
    assert "composer" not in page
    assert as_(bob).get(f"/c/{chat.pk}/print/").status_code == 404


def test_all_chats_go_into_one_archive_and_come_back_from_it(chat, alice, bob, as_):  # noqa: F811
    Conversation.objects.create(owner=alice, title="Empty")
    conversation_of(bob, "secret", title="Bob's")
    archive = zipfile.ZipFile(io.BytesIO(as_(alice).get("/api/chats/exported").content))
    told = [json.loads(archive.read(name)) for name in archive.namelist()]
    assert {one["title"] for one in told} == {"Tower <script>", "Empty"}
    tower = next(one for one in told if one["messages"])
    assert [message.get("origin") for message in tower["messages"]] == [
        None,
        None,
        {"edited": {"by": "Alice", "of": 1}},
    ]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("$a_1*b_2*c$", "<p>$a_1*b_2*c$</p>\n"),
        ("$$a_1*b*$$ *x*", "<p>$$a_1*b*$$ <em>x</em></p>\n"),
        (r"\[x_1 * y *\]", "<p>\\[x_1 * y *\\]</p>\n"),
        ("$5 *and* $6", "<p>$5 <em>and</em> $6</p>\n"),
        (r"\(<i>\)", "<p>\\(&lt;i&gt;\\)</p>\n"),
        (r"\*no\*", "<p>*no*</p>\n"),
    ],
)
def test_formulas_are_left_as_they_were_written(text, html):
    assert rendered(text) == html
