"""The panel's first page: what needs attention comes first, then how today goes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Conversation, Message
from knowledge.models import Document, Library
from providers.models import Connection, Model, Usage
from webui.accounts.models import User
from webui.panel import home
from webui.panel.health_vital import Section, Vital

pytestmark = pytest.mark.django_db
WELL = [Section(key="x", name="X", vitals=(Vital(key="database", name="Database", state="ok", said="It answers."),))]


@pytest.fixture
def panel(client, root, monkeypatch):
    monkeypatch.setattr(home, "report", lambda: WELL)
    client.force_login(root)
    return client


def page_of(panel) -> str:
    return panel.get("/admin/").content.decode()


def test_when_all_is_well_it_says_so(panel):
    page = page_of(panel)
    assert "Nothing. Everything works, and nobody waits for you." in page


def test_what_is_bad_stands_first_with_what_to_do_and_a_way_there(panel, monkeypatch):
    bad = (
        Vital(key="disk", name="Disk", state="warn", said="Only 1 GB left.", advice="Free some space."),
        Vital(key="worker", name="Workers", state="down", said="Silent.", advice="Look at its log."),
    )
    monkeypatch.setattr(home, "report", lambda: [Section(key="x", name="X", vitals=bad)])
    page = page_of(panel)
    assert page.index("Silent.") < page.index("Only 1 GB left.") < page.index("Today")
    assert '"/admin/health/#worker"' in page
    assert "Look at its log." in page


def test_people_who_wait_models_without_a_rule_and_failed_documents_are_told(panel, alice):
    User.objects.create_user("bob@example.org", "correct horse battery", is_active=False)
    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:9/v1")
    Model.objects.create(connection=connection, name="a", public_id="a")
    Model.objects.create(connection=connection, name="b", public_id="b", for_everyone=True)
    Model.objects.create(connection=connection, name="c", public_id="c").users.add(alice)
    Document.objects.create(library=Library.objects.create(owner=alice, name="Hers"), name="a.txt", status="failed")
    page = page_of(panel)
    assert "1 person waits for approval." in page
    assert "1 model may be used by administrators alone" in page
    assert "1 document could not be read." in page


def test_today_has_its_figures(panel, alice, bob):
    today = timezone.localdate()
    for person, purpose, day in [
        (alice, "answer", today),
        (bob, "api", today),
        (bob, "check", today),
        (bob, "answer", today - timedelta(days=1)),
    ]:
        Usage.objects.create(
            user=person,
            model_name="qwen",
            purpose=purpose,
            day=day,
            prompt_tokens=1000,
            completion_tokens=50,
            answers=2,
        )
    chat = Conversation.objects.create(owner=alice, title="Hers")
    for first in (200, 400, 2600):
        Message.objects.create(conversation=chat, role="assistant", usage={"first_token_ms": first})
    context = panel.get("/admin/").context
    assert (context["answers"], context["people"], context["tokens"]) == (4, 2, "2,100")  # checks are counted apart
    assert context["first_word"] == 0.4
