"""By keys alone: Tab reaches every control of a page in its order, and whatever was opened gives the focus back."""

import pytest
from playwright.sync_api import expect

from tests.browser.cited import chat_citing
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

# Numbers whatever Tab is to stop at, in the order of the page. Of radio buttons of one name, Tab stops at one.
NUMBER = """() => {
    const radios = new Set();
    const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
        .filter(one => one.tabIndex >= 0 && !one.disabled && !one.closest("[inert]") && one.type !== "hidden")
        .filter(one => one.checkVisibility({ visibilityProperty: true }))
        .filter(one => {
            if (one.type !== "radio") return true;
            const group = document.getElementsByName(one.name);
            const one_of_it = [...group].find(radio => radio.checked) ?? group[0];
            return one === one_of_it && radios.size !== radios.add(one.name).size;
        });
    stops.forEach((one, place) => one.dataset.stop = place);
    return stops.length;
}"""
# What has the focus, and what is wrong with how it shows.
HERE = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const { left, right, top, bottom } = here.getBoundingClientRect();
    const inside = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
    const fault = !here.matches(":focus-visible") ? "no ring" : !inside ? "out of sight" : "";
    return { stop: here.dataset.stop ?? "", fault, told: here.outerHTML.replace(/\\s+/g, " ").slice(0, 120) };
}"""


@pytest.fixture
def answered(alice, model):
    """A chat with two versions of an answer, sources, a tag, another model, a library and a tool to choose."""
    from chat.models import Conversation, Message
    from knowledge.models import Library
    from providers.models import Model, Tool, ToolServer

    Model.objects.create(connection=model.connection, name="gemma", public_id="gemma", for_everyone=True)
    Library.objects.create(owner=alice, name="Handbook")
    server = ToolServer.objects.create(name="Office", url="http://127.0.0.1:1/mcp", for_everyone=True)
    Tool.objects.create(server=server, name="look_up", nature="reads", schema={}, policy=Tool.Policy.ALWAYS)
    passage = {"title": "Report", "url": "https://example.org/a", "text": "The fee is 12 euros."}
    path = chat_citing(alice, "What is the fee?", "It is 12 euros [1].", [passage], title="Fees")
    chat = Conversation.objects.get()
    shown = chat.active
    Message.objects.create(
        conversation=chat, parent=shown.parent, role="assistant", text="It is 11 euros.", model_name="qwen"
    )
    chat.show(shown)
    return path


MENU, ROW = "[aria-label='Folders, archive and more']", "[aria-label='More about Fees']"
MORE, AGAIN = ".message--assistant message-menu [data-opens]", "again-menu [data-opens]"
# What is pressed, which line of its menu is taken then, and what stands open with the focus in it.
OPENED = [
    (MENU, "", "dialog.keep [role=menu]"),
    (MENU, "Find anything (Ctrl+K)", "command-palette input"),
    (MENU, "New folder", "#folder-name"),
    (MENU, "My links", "share-form"),
    (ROW, "", "dialog.keep [role=menu]"),
    (ROW, "Rename", ".chat-row__name"),
    (ROW, "Move to a folder", ".keep__list"),
    (ROW, "Tags", "#tags"),
    (ROW, "Share", "share-form"),
    ("library-picker [data-opens]", "", "library-picker input"),
    ("tool-menu [data-opens]", "", ".tool-menu input"),
    ("[aria-label='Settings of this chat']", "", "#settings-system"),
    ("model-picker [data-opens]", "", "model-options"),
    (".tool--plus", "", "model-options"),
    (".composer__box", "Control+/", "dialog.keys"),
    (".composer__box", "Control+k", "command-palette input"),
    (".composer__box", "@", "model-options"),
    (".composer__box", "＃", "library-picker input"),
    (".cite", "", "dialog.reader"),
    (".sources-line", "", "dialog.sources"),
    ("copy-menu [data-opens]", "", "copy-menu [role=menu]"),
    (AGAIN, "", "again-menu [role=menu]"),
    (AGAIN, "With another model…", "model-options"),
    (MORE, "", "message-menu [role=menu]"),
    (MORE, "Differences to another version", "dialog.differences"),
    (MORE, "Edit this answer", ".editor__box"),
    ("[aria-label^='Good answer']", "", ".rating"),
]
# What is done at once, and what has the focus afterwards.
DONE = [
    (MENU, "Select chats", MENU),
    ("[aria-label='Done']", "", ".sidebar__list"),
    (MORE, "Copy the link", MORE),
    ("copy-menu [data-opens]", "Plain text", "copy-menu [data-first]"),
    (ROW, "Pin", ROW),
    (ROW, "Let the model name it again", ROW),
    (MENU, "Temporary chat", "temporary-chat .composer__box"),
    (".temporary__bar button", "", ".composer__box"),
    (MORE, "Delete from here", ".message--user"),
    (".toast__action", "", ".composer__box"),
    (ROW, "Delete", ".composer__box"),
]


def press(page, opener, then):
    page.locator(opener).first.focus()
    if opener == ".composer__box":
        page.keyboard.press(then) if "+" in then else page.keyboard.type(then)
        return
    page.keyboard.press("Enter")
    if then:
        page.get_by_role("menuitem", name=then, exact=True).press("Enter")


def test_what_was_opened_by_keys_gives_the_focus_back(visit, alice, answered):
    page = visit(alice, answered)
    eventually(lambda: with_tools(page, answered))
    lost = []
    for opener, then, opened in OPENED:
        what = f"{opener} {then}".strip()
        press(page, opener, then)
        expect(page.locator(opened).first, what).to_be_visible()
        if not holds_focus(page, opened):
            lost.append(f"{what}: the focus stayed behind")
        page.keyboard.press("Escape")
        expect(page.locator(opened), what).to_have_count(0)
        if not has_focus(page, opener):
            lost.append(f"{what}: {page.evaluate('document.activeElement.outerHTML.slice(0, 120)')}")
        page.locator(".composer__box").fill("")
    for opener, then, after in DONE:
        if then == "Pin":  # the list comes anew, and the row stands in another part of it
            with page.expect_response(lambda answer: answer.url.endswith("/api/chats")):
                press(page, opener, then)
        else:
            press(page, opener, then)
        if not has_focus(page, after):
            lost.append(f"{opener} {then}: {page.evaluate('document.activeElement.outerHTML.slice(0, 120)')}")
    assert not lost, "\n".join(lost)
    assert not page.complaints


def with_tools(page, path):
    """The web process knows for some seconds whether there are tools at all."""
    page.goto(path)
    page.locator(".prose .cite").wait_for()
    return page.locator("tool-menu").count()


def holds_focus(page, opened):
    """What stands open, or the box around it; what comes with a script of its own has it a moment later."""
    inside = "place => (place.closest('dialog, .popup, form') ?? place).contains(document.activeElement)"
    try:
        return eventually(lambda: page.locator(opened).first.evaluate(inside), seconds=2)
    except AssertionError:
        return False


def has_focus(page, selector):
    try:
        expect(page.locator(f"{selector}:focus")).to_have_count(1, timeout=2000)
    except AssertionError:
        return False
    return True


def test_tab_stops_at_every_control_in_the_order_of_the_page(visit, alice, root, answered):
    from knowledge.models import Library
    from providers.models import Connection

    library, connection = Library.objects.get(), Connection.objects.get()
    pages = {
        None: ["/accounts/login/"],
        alice: [answered, "/account/", f"/knowledge/{library.pk}/", "/prompts/new/"],
        root: ["/admin/", f"/admin/connections/{connection.pk}/"],
    }
    faults = []
    for person, paths in pages.items():
        page = visit(person, "about:blank")
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            faults += [f"{path}: {fault}" for fault in walked(page)]
    assert not faults, "\n".join(faults)


def walked(page):
    """What is wrong with one walk round the page, from wherever it begins to the same place."""
    count = page.evaluate(NUMBER)
    stops, faults = [], []
    for _press in range(count + 12):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if not here or not here["stop"]:
            continue  # the end of the page, or something that only scrolls
        if stops and int(here["stop"]) == stops[0]:
            break
        stops.append(int(here["stop"]))
        if here["fault"]:
            faults.append(f"{here['fault']}: {here['told']}")
    else:
        faults.append(f"no way round: {stops}")
    start = stops.index(min(stops))
    if stops[start:] + stops[:start] != list(range(count)):
        faults.append(f"{count} controls, reached as {stops}")
    return faults
