"""Which surfaces there are: who looks, where, and what is done there before the picture is taken."""

import re

from tests.browser.test_voice import MICROPHONE


def of(stage, house) -> list[tuple[str, object, str]]:
    """(name, who looks, address) of every surface."""
    alice, root, chat = stage.alice, stage.root, stage.cited
    library = f"/knowledge/{stage.library}/"
    return [
        ("sign-in", None, "/accounts/login/"),
        ("sign-up", None, house["invitation"]),
        ("password-forgotten", None, "/accounts/password/reset/"),
        ("offline", None, "/offline/"),
        ("chat-empty", alice, "/"),
        *((f"chat-{name}", alice, chat) for name in ("answer", "palette", "share", "find", "prompts", "settings")),
        *((f"chat-{name}", alice, chat) for name in ("models", "tools", "menu", "keys", "sources", "folder")),
        *((f"chat-{name}", alice, chat) for name in ("differences", "temporary", "hands-free", "prompt-form")),
        ("chat-right-to-left", alice, stage.arabic),
        ("chat-rating", alice, stage.chinese),
        ("chat-reader", alice, stage.read),
        ("chat-beside", alice, stage.beside),
        ("chat-failed", alice, stage.broken),
        ("chat-calls", alice, house["called"]),
        ("chat-call-asks", alice, "/"),
        ("chat-picture", alice, house["drawn"]),
        ("chat-picture-editor", alice, house["drawn"]),
        ("chat-print", alice, f"{chat}print/"),
        ("chat-shared", alice, "/s/pictures/"),
        ("reproduce", alice, f"{chat}reproduce/"),
        ("import", alice, "/import/"),
        ("import-looked-at", alice, house["import"]),
        ("libraries", alice, "/knowledge/"),
        ("library", alice, library),
        *((f"library-{name}", alice, house[name]) for name in ("radar", "questions", "bench", "share", "write")),
        *((f"library-{name}", alice, house[name]) for name in ("document", "passages", "record", "delete")),
        ("assistants", alice, "/assistants/"),
        ("assistant", alice, house["assistant"]),
        ("prompts", alice, "/prompts/"),
        ("prompt", alice, "/prompts/new/"),
        ("notes", alice, "/notes/"),
        ("note", alice, house["note"]),
        ("comparisons", alice, "/comparisons/"),
        ("comparison", alice, house["comparison"]),
        ("arena", alice, "/arena/"),
        ("arena-duel", alice, house["duel"]),
        ("arena-board", alice, "/arena/board/"),
        ("account", alice, "/account/"),
        ("account-memories", alice, "/account/#memories"),
        ("account-sessions", alice, "/account/sessions/"),
        ("account-second-step", alice, "/accounts/2fa/"),
        ("panel", root, "/admin/"),
        *((f"panel-{name}", root, f"/admin/{name}/") for name in PANEL),
        *((f"panel-{name}", root, house[name]) for name in ("group", "person", "sees", "connection", "model")),
        ("panel-checks", root, house["checks"]),
        ("panel-tool-server", root, house["tools"]),
    ]


PANEL = (
    "people", "invitations", "groups", "connections", "models", "access", "ollama", "limits", "usage", "ratings",
    "banners", "retrieval", "reading", "search", "health", "signing-in", "assistants", "chat-sharing", "images",
    "voice", "tools", "arena", "audit",
)  # fmt: skip


def prepare(page, stage, name) -> None:
    """What stands in the picture besides the page as it is opened."""
    page.set_default_timeout(10_000)
    if act := ACTS.get(name):
        act(page, stage)


def leave(page, name) -> None:
    """A draft would stand in the pictures that follow."""
    if name.startswith("chat-prompt"):
        page.keyboard.press("Escape")
        page.locator(".composer__box").fill("")


def _offline(page, stage):
    page.evaluate("localStorage.setItem('person', 'alice@example.org')")
    page.reload()


def _rating(page, stage):
    page.locator("chat-message [aria-pressed=true]").last.click()
    page.locator(".rating").wait_for()
    page.locator(".rating").scroll_into_view_if_needed()


def _palette(page, stage):
    page.keyboard.press("Control+k")
    page.locator("[role=option]").first.wait_for()


def _find(page, stage):
    page.keyboard.press("Control+f")
    page.locator("find-bar input").fill("e")
    page.locator(".find__count:not(:empty)").wait_for()


def _share(page, stage):
    _of_the_chat(page, "Share|分享")
    page.locator("share-form .keep__links li").first.wait_for()


def _of_the_chat(page, words):
    _list_of_chats(page)
    page.locator(".chat-row[data-current] .chat-row__tool").press("Enter")
    page.locator("[role=menuitem]", has_text=re.compile(words)).first.click()


def _list_of_chats(page):
    if page.locator(".chat__head button").count():
        page.locator(".chat__head button").first.click()


def _menu(page, stage):
    _list_of_chats(page)
    page.locator(".chat-row[data-current] .chat-row__tool").press("Enter")
    page.locator("[role=menuitem]").first.wait_for()


def _folder(page, stage):
    _list_of_chats(page)
    page.locator(".sidebar__head [aria-haspopup=menu]").press("Enter")
    page.locator("[role=menuitem]", has_text=re.compile("New folder|新建文件夹")).click()
    page.locator("#folder-name").fill("Graz")


def _prompts(page, stage):
    page.locator(".composer__box").fill("")
    page.locator(".composer__box").press_sequentially("/")
    page.locator("prompt-list [role=option]").first.wait_for()


def _prompt_form(page, stage):
    page.locator(".composer__box").fill("")
    page.locator(".composer__box").press_sequentially("/translate")
    page.locator("prompt-list [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("prompt-form input").first.wait_for()


def _pressed(selector, shown):
    def act(page, stage):
        page.locator(selector).last.click()
        page.locator(shown).first.wait_for()

    return act


def _keys(page, stage):
    page.keyboard.press("Control+/")
    page.locator("dialog.keys[open]").wait_for()


def _differences(page, stage):
    page.locator(".message--assistant message-menu [data-opens]").last.press("Enter")
    page.locator("[role=menuitem]", has_text=re.compile("Differences|差异|不同")).click()
    page.locator(".differences__text").wait_for()


def _temporary(page, stage):
    _list_of_chats(page)
    page.locator(".sidebar__head [aria-haspopup=menu]").press("Enter")
    page.locator("[role=menuitem]", has_text=re.compile("Temporary|临时")).click()
    page.locator("temporary-chat").wait_for()


def _asks(page, stage):
    """An answer that waits for its person's word, on both screens; after five minutes it waits no more."""
    card = page.locator(".call--asks")
    if stage.waiting:
        page.goto(stage.waiting)
        page.wait_for_load_state("networkidle")
    if card.count():
        return
    stage.server.scenario = "tools"
    page.goto("/")
    page.locator("tool-menu [data-opens]").click()
    page.locator(".tool-menu input").first.wait_for()
    for box in page.locator(".tool-menu input").all():
        box.check()
    page.keyboard.press("Escape")
    page.locator(".composer__box").fill("Book a room for eight on Tuesday.")
    page.locator(".composer__box").press("Enter")
    page.wait_for_url(re.compile("/c/"))
    stage.waiting = page.url
    card.wait_for()


def _hands_free(page, stage):
    page.add_init_script(MICROPHONE)
    page.reload()
    page.wait_for_load_state("networkidle")
    page.locator("dictate-button button").last.click()
    page.locator(".talk[data-state=listening]").wait_for()


ACTS = {
    "offline": _offline,
    "chat-rating": _rating,
    "chat-palette": _palette,
    "chat-find": _find,
    "chat-share": _share,
    "chat-menu": _menu,
    "chat-folder": _folder,
    "chat-prompts": _prompts,
    "chat-prompt-form": _prompt_form,
    "chat-settings": _pressed(
        "chat-composer .composer__tools > .tool[aria-haspopup=dialog]", "settings-form dialog[open]"
    ),
    "chat-models": _pressed("model-picker [data-opens]", "model-options .model"),
    "chat-tools": _pressed("tool-menu [data-opens]", ".tool-menu__tool"),
    "chat-keys": _keys,
    "chat-sources": _pressed(".sources-line", "dialog.sources .source"),
    "chat-reader": _pressed(".prose .cite", "dialog.reader mark"),
    "chat-differences": _differences,
    "chat-temporary": _temporary,
    "chat-call-asks": _asks,
    "chat-picture": lambda page, stage: page.locator(".made__picture img").wait_for(),
    "chat-picture-editor": _pressed(".made__tools button", "picture-editor dialog[open]"),
    "chat-hands-free": _hands_free,
}
