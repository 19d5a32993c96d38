"""What stands in the house of the pictures besides chats: what is judged, kept, drawn, checked and administered."""

import io
import json
import tempfile
from datetime import timedelta
from pathlib import Path

FEES = (
    "The late fee is 2 % of the invoice, ten days after it was due.",
    "逾期付款的滞纳金为2%，自到期日起十日后计算。",
)
NOTE = """# Night trains

- **Vienna–Hamburg** leaves at 22:08, sleeper from 89 euros.
- Bicycles have to be booked.

| Class | From |
|---|---|
| Seat | 39 |
| Couchette | 59 |
"""


def furnish(stage) -> dict[str, str]:
    """{what it is: its address}."""
    from chat.models import Conversation

    _heard(stage)
    chat = Conversation.objects.get(pk=stage.cited.split("/")[2])
    places = _judged(stage, chat) | _kept(stage) | _called(stage) | _drawn(stage) | _library(stage)
    return places | _imported(stage) | _administered(stage)


def _judged(stage, chat):
    from chat.arena.topics import topic_of
    from chat.models import ArenaRule, Comparison, Duel, Message

    ArenaRule.objects.create(players="everyone", viewers="everyone")
    said = {"ended": True, "problem": ""}
    answers = {"left": {"text": FEES[0], **said}, "right": {"text": "**2 %**, from the eleventh day on.", **said}}
    pairs = [("qwen3-30b", "gemma3-27b"), ("gemma3-27b", "mistral-small"), ("qwen3-30b", "mistral-small")]
    questions = ("Write a letter to the landlord.", "Solve x^2 = 9.", "Translate this into Chinese.")
    for place in range(36):
        Duel.objects.create(
            owner=stage.root, question=questions[place % 3], left=pairs[place % 3][0], right=pairs[place % 3][1],
            answers=answers, topic=topic_of(questions[place % 3]), vote=("left", "left", "tie", "right")[place % 4],
        )  # fmt: skip
    duel = Duel.objects.create(
        owner=stage.alice, question="How large is the late fee?", left="qwen3-30b", right="gemma3-27b", answers=answers
    )
    shown = chat.active
    alone = Message.objects.create(
        conversation=chat, parent=shown.parent, role="assistant", model_name="gemma3-27b",
        text="Most employers allow it for a few weeks. Ask yours, and mind the tax rules of both countries.",
    )  # fmt: skip
    chat.show(shown)
    compared = Comparison.objects.create(owner=stage.alice, first=shown, second=alone, verdict="first")
    return {"duel": f"/arena/{duel.pk}/", "comparison": f"/comparisons/{compared.pk}/"}


def _kept(stage):
    from chat.models import Memory, Note

    stage.alice.memory_on = True
    stage.alice.save()
    for line in ("I live in Graz.", "Answer in metric units.", "我们的团队有十二个人。"):
        Memory.objects.create(person=stage.alice, text=line)
    note = Note.objects.create(owner=stage.alice, title="Night trains", text=NOTE)
    Note.objects.create(owner=stage.alice, title="会议纪要", text="周一：预算。周三：远程办公。")
    return {"note": f"/notes/{note.pk}/"}


def _called(stage):
    from chat.models import Message
    from chat.tools.calls import STAGE
    from providers.models import Model, Tool, ToolServer
    from tests.browser.picture_stage import chat_of

    Model.objects.update(capabilities=["tools", "vision", "thinking"], window=40960)
    office = ToolServer.objects.create(name="Office", url="http://127.0.0.1:9/mcp", for_everyone=True)
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    for name, title, nature, policy, about in (
        ("look", "Book a room", "writes", "ask", "Books a meeting room for a day."),
        ("free_rooms", "Free rooms", "reads", "always", "Which rooms are free."),
        ("cancel_all", "Cancel bookings", "destroys", "ask", "Takes bookings back."),
    ):
        fields = {"title": title, "nature": nature, "policy": policy, "description": about, "schema": schema}
        Tool.objects.create(server=office, name=name, **fields)
    question = "Find a room for eight on Tuesday."
    path = chat_of(stage.alice, "A room for Tuesday", question, "Lisbon and Porto are free all day.")
    answer = Message.objects.get(conversation_id=path.split("/")[2], role="assistant")
    call = {"n": 1, "name": "free_rooms", "title": "Free rooms", "server": "Office", "state": "done", "at": 0}
    call |= {"arguments": {"day": "2026-11-24", "seats": 8}, "result": "Lisbon, Porto", "ms": 240}
    refused = {"n": 2, "name": "look", "title": "Book a room", "server": "Office", "state": "refused", "at": 0}
    answer.trail = [[STAGE, json.dumps(one)] for one in (call, refused)]
    answer.save()
    return {"called": path, "tools": f"/admin/tools/{office.pk}/"}


def _drawn(stage):
    from chat.images import keeping
    from chat.models import Message
    from providers.models import ImageServer
    from tests.browser.picture_stage import chat_of

    server = ImageServer.objects.create(name="Atelier", kind="a1111", base_url="http://127.0.0.1:9", rule="everyone")
    path = chat_of(stage.alice, "A harbour at dusk", "A harbour at dusk, in few colours", "")
    answer = Message.objects.get(conversation_id=path.split("/")[2], role="assistant")
    answer.params, answer.model_name = {"image": {"server": str(server.pk), "name": "Atelier"}}, "Atelier"
    answer.save()
    made = {"prompt": "A harbour at dusk, in few colours", "server": "Atelier", "seed": 7}
    keeping.keep(stage.alice.pk, answer, keeping.developed(harbour(), "Atelier"), made)
    return {"drawn": path}


def harbour() -> bytes:
    """A sky, a sun, the sea and two masts."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (512, 512))
    draw = ImageDraw.Draw(picture)
    for row in range(512):
        tone = row / 512
        draw.line((0, row, 512, row), fill=(int(250 - 150 * tone), int(150 - 70 * tone), int(110 + 40 * tone)))
    draw.ellipse((196, 190, 316, 310), fill=(255, 214, 140))
    draw.rectangle((0, 300, 512, 512), fill=(44, 66, 92))
    for x, height in ((120, 190), (390, 140)):
        draw.line((x, 330, x, 330 - height), fill=(28, 32, 44), width=6)
        draw.polygon([(x - 60, 330), (x + 60, 330), (x + 40, 356), (x - 40, 356)], fill=(28, 32, 44))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _library(stage):
    from django.utils import timezone

    from knowledge.models import Chunk, Document, Finding, GoldenQuestion, Library

    library = Library.objects.create(owner=stage.alice, name="Finance")
    rows = []
    for name, text in (
        ("fees-2024.md", FEES[0]),
        ("fees-2026.md", "Late fee: 5 % of the invoice."),
        ("滞纳金.md", FEES[1]),
    ):
        row = Document.objects.create(library=library, name=name, status="ready", size=2048, proved_at=timezone.now())
        Chunk.objects.create(document=row, ordinal=0, text=text, start=0, end=len(text))
        rows.append(row)
    late = "Late fee: 5 % of the invoice."
    says = {"first": {"sentence": FEES[0]}, "second": {"sentence": late}, "values": [["2 %"], ["5 %"]]}
    Finding.objects.create(library=library, kind="conflict", first=rows[0], second=rows[1], key=7, says=says)
    Finding.objects.create(library=library, kind="version", first=rows[0], second=rows[2], share=0.82)
    for text in ("How large is the late fee?", "滞纳金是多少？"):
        expected = [{"document": str(rows[0].pk), "name": rows[0].name, "quote": "2 % of the invoice"}]
        GoldenQuestion.objects.create(library=library, text=text, expected=expected)
    own, document = f"/knowledge/{library.pk}/", f"/knowledge/{library.pk}/documents/{rows[0].pk}/"
    parts = {"radar": "radar/", "questions": "questions/", "bench": "search/?q=late+fee", "share": "share/"}
    parts |= {"write": "notes/", "delete": "delete/"}
    return {name: own + part for name, part in parts.items()} | {
        "document": document, "passages": f"{document}passages/", "record": f"{document}record/",
    }  # fmt: skip


def _imported(stage):
    from chat.importing import preparing
    from tests.chat.importing import hosted

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_text(json.dumps(hosted.claude()))
        pk = preparing.prepare(stage.alice, "conversations.json", Path(file.name))
    return {"import": f"/import/{pk}/"}


def _heard(stage):
    from chat.models import VoiceSettings
    from providers.models import Connection, Model

    lab = Connection.objects.first()
    hears, speaks = (
        Model.objects.create(connection=lab, name=name, public_id=name, kind=kind, for_everyone=True)
        for name, kind in (("whisper-large-v3", "transcription"), ("kokoro", "speech"))
    )
    VoiceSettings.objects.create(transcription=hears, speech=speaks, voices=["alto", "basso"], voice="alto")


def _administered(stage):
    from django.contrib.auth.models import Group
    from django.utils import timezone

    from knowledge.models import SearchEngine
    from providers.models import Connection, Model
    from webui.accounts.invitations import Invitation
    from webui.accounts.oidc.models import SignInProvider

    group = Group.objects.create(name="Research")
    stage.alice.groups.add(group)
    Group.objects.create(name="编辑部")
    SignInProvider.objects.create(name="Company", discovery_url="https://id.example", client_id="webui")
    SearchEngine.objects.create(kind="searxng")
    _row, token = Invitation.issue(stage.root, timezone.now() + timedelta(days=3))
    connection, model = Connection.objects.first(), Model.objects.first()
    return {
        "invitation": f"/invitation/{token}/",
        "group": f"/admin/groups/{group.pk}/",
        "person": f"/admin/people/{stage.alice.pk}/",
        "sees": f"/admin/people/{stage.alice.pk}/sees/",
        "connection": f"/admin/connections/{connection.pk}/",
        "model": f"/admin/models/{model.pk}/",
        "checks": f"/admin/models/{model.pk}/checks/",
        "assistant": "/assistants/new/",
    }
