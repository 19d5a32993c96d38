"""The few tools of our own: the web, one's libraries, a page, the time, a picture.

They do what the product does anyway, with the rights of whoever asks. Raises `ToolError`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.images import tool as drawing
from knowledge.passages import Passage, RetrievalError, SearchError
from providers.models import Tool, ToolServer
from providers.tools.base import ToolError, ToolResult, ToolSpec
from providers.tools.pinning import fields_of, pin_of

if TYPE_CHECKING:
    from chat.models import Message
    from webui.accounts.models import User

MOST_PASSAGES = 6
LONGEST_PASSAGE = 1200  # characters
LONGEST_PAGE = 8000


def _spec(name: str, description: str, **properties: str) -> ToolSpec:
    schema = {
        "type": "object",
        "properties": {key: {"type": "string", "description": text} for key, text in properties.items()},
        "required": list(properties),
        "additionalProperties": False,
    }
    return ToolSpec(name=name, description=description, schema=schema, nature="reads")


SPECS = (
    _spec("search_web", "Searches the web and returns passages of the best pages.", query="The words to search for"),
    _spec("search_libraries", "Searches the person's own document libraries.", query="The question, in full"),
    _spec("fetch_page", "Reads the text of one web page.", url="The whole address, beginning with https://"),
    _spec("time", "The date and the time now."),
    # It costs what a picture costs, so it asks first unless an administrator says otherwise.
    ToolSpec(name=drawing.NAME, description=drawing.DESCRIPTION, schema=drawing.SCHEMA, nature="writes"),
)
_WORDS = {
    "search_web": (gettext_lazy("Search the web"), gettext_lazy("With the engines that are set up here.")),
    "search_libraries": (gettext_lazy("Search my libraries"), gettext_lazy("All that you may read.")),
    "fetch_page": (gettext_lazy("Fetch a page"), gettext_lazy("The text of one address.")),
    "time": (gettext_lazy("Date and time"), gettext_lazy("As the clock of this server has them.")),
    drawing.NAME: (gettext_lazy("Draw a picture"), gettext_lazy("With the servers for pictures that you may use.")),
}


def words_of(name: str) -> tuple[str, str]:
    """Name and description for people, in their language."""
    title, description = _WORDS.get(name, (name, ""))
    return str(title), str(description)


def ensure() -> ToolServer:
    """The row of our own tools, for nobody and with all of them off until an administrator says otherwise."""
    server = ToolServer.objects.filter(kind=ToolServer.Kind.BUILT_IN).first()
    if server is None:
        server = ToolServer.objects.create(name="webui", kind=ToolServer.Kind.BUILT_IN, enabled=False)
    known = {tool.name: tool for tool in server.tools.all()}
    for spec in SPECS:
        if spec.name not in known:
            Tool.objects.create(server=server, name=spec.name, pin=pin_of(spec), **fields_of(spec))
        elif known[spec.name].pin != pin_of(spec):  # a newer version of the product, which is trusted
            Tool.objects.filter(pk=known[spec.name].pk).update(pin=pin_of(spec), **fields_of(spec))
    return server


async def run(user: "User", name: str, arguments: Mapping[str, Any], reply: "Message | None" = None) -> ToolResult:
    """What the tool gives to this person; `reply` is the answer that it is for, where there is one."""
    match name:
        case "time":
            return ToolResult(text=timezone.localtime().strftime("%A, %d %B %Y, %H:%M %Z"))
        case "search_libraries":
            return await _libraries(user, str(arguments["query"]))
        case "search_web":
            return await _web(user, str(arguments["query"]))
        case "fetch_page":
            return await _page(user, str(arguments["url"]))
        case drawing.NAME:
            return await _picture(user, arguments, reply)
    raise ToolError(_("There is no tool of this name."))


async def _libraries(user: "User", query: str) -> ToolResult:
    from knowledge.retrieval import find_passages

    libraries = await sync_to_async(_readable)(user)
    if not libraries:
        return ToolResult(text="The person has no library.")
    try:
        return _told(await find_passages(query, user, libraries))
    except RetrievalError as problem:
        raise ToolError(str(problem)) from None


def _readable(user: "User") -> list[UUID]:
    from knowledge.models import Library

    return list(Library.objects.visible_to(user).values_list("pk", flat=True)[:50])


async def _web(user: "User", query: str) -> ToolResult:
    from knowledge.web.looking import look

    try:
        looked = await look(user, query, query=query)
    except SearchError as problem:
        raise ToolError(str(problem)) from None
    if looked.problem and not looked.passages:
        raise ToolError(looked.problem)
    return _told(list(looked.passages))


async def _page(user: "User", url: str) -> ToolResult:
    from knowledge.web.looking import look

    looked = await look(user, url, links=[url])
    if not looked.passages:
        raise ToolError(looked.problem or _("The page cannot be reached from here."))
    return ToolResult(text="\n\n".join(passage.text for passage in looked.passages)[:LONGEST_PAGE])


async def _picture(user: "User", arguments: Mapping[str, Any], reply: "Message | None") -> ToolResult:
    if reply is None:
        raise ToolError(_("A picture is drawn below an answer, so this can be tried in a chat alone."))
    try:
        return ToolResult(text=await drawing.picture(user, reply, arguments))
    except drawing.NoPicture as problem:
        raise ToolError(str(problem)) from None


def _told(passages: list[Passage]) -> ToolResult:
    if not passages:
        return ToolResult(text="Nothing was found.")
    texts = []
    for passage in passages[:MOST_PASSAGES]:
        where = ", ".join(filter(None, [passage.document_name or passage.title, passage.heading, passage.url]))
        texts.append(f"{where}\n{passage.text[:LONGEST_PASSAGE]}")
    return ToolResult(text="\n\n".join(texts))
