"""From a server as an administrator has set it up to the maker that speaks to it. Raises `ProviderError`."""

import base64
from collections.abc import Callable

from django.utils.translation import gettext as _

from providers.base import ProviderError
from providers.images.automatic1111 import Automatic1111
from providers.images.base import ImageMaker
from providers.images.comfyui import ComfyUI, Usual, Workflow
from providers.images.failing import Teller
from providers.images.line import Line
from providers.images.openai_images import OpenAIImages
from providers.models import ImageServer
from webui.crypto import SecretUnreadable


def maker_for(server: ImageServer) -> ImageMaker:
    """For one drawing or one look: what it opens is closed with that."""
    try:
        key = server.api_key
    except SecretUnreadable as problem:
        raise ProviderError(str(problem), code="unreadable_key") from None
    make = _MAKERS.get(server.kind)
    if make is None:
        raise ProviderError(_("Nobody knows how to speak to this kind of server."), code="bad_request")
    return make(server, key)


def _openai(server: ImageServer, key: str) -> ImageMaker:
    teller = Teller(server=server.name, seconds=server.seconds)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    line = Line(server.base_url, headers, teller)
    return OpenAIImages(line, teller, model=server.model, quality=server.quality, seconds=server.seconds)


def _automatic1111(server: ImageServer, key: str) -> ImageMaker:
    teller = Teller(server=server.name, seconds=server.seconds)
    line = Line(server.base_url, _basic(key), teller)
    return Automatic1111(line, teller, model=server.model, steps=server.steps, seconds=server.seconds)


def _comfyui(server: ImageServer, key: str) -> ImageMaker:
    teller = Teller(server=server.name, seconds=server.seconds)
    line = Line(server.base_url, _basic(key), teller)
    draws = Workflow(nodes=server.workflow, marks=server.marks)
    edits = Workflow(nodes=server.edit_workflow, marks=server.edit_marks) if server.edit_workflow else None
    return ComfyUI(line, teller, draws=draws, edits=edits, usual=Usual(model=server.model, steps=server.steps))


def _basic(key: str) -> dict[str, str]:
    """`user:password` as a header; servers of one's own know nothing better."""
    return {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"} if key else {}


_MAKERS: dict[str, Callable[[ImageServer, str], ImageMaker]] = {
    ImageServer.Kind.OPENAI: _openai,
    ImageServer.Kind.A1111: _automatic1111,
    ImageServer.Kind.COMFYUI: _comfyui,
}
